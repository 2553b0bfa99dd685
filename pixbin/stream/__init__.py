"""Video streams: frames are read, converted and written one at a time, in constant memory.

Only `cli` imports it.
"""
