"""Output formats: one module for each, which writes it and reads it back.

`picture`, `verify`, animation and the rooms above may import it.
"""
