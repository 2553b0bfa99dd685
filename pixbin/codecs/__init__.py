"""Output formats: one module for each, which writes it and, where possible, reads it back.

`picture`, `verification`, `animation`, `file_conversion`, `preview`, `api` and rooms above may
import it.
"""
