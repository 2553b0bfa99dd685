"""Output formats: one module for each, which writes it and, where possible, reads it back.

`picture`, `verify`, `animation`, `conversion`, `preview`, `api` and the rooms above may import it.
"""
