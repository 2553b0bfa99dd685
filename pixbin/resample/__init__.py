"""From pixels to cells: exact area averages of light.

Pipeline, neural, animation and stream may import it.
"""
