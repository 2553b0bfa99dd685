"""Exposure and tone adjustment of cells before they are binarized.

Pipeline, animation and stream may import it.
"""
