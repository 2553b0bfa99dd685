"""From inputs to a checked plan of jobs, before the first write.

Only batch imports it.
"""
