"""Exposure and tone adjustment of cells before they are binarized.

Neural, pipeline, animation, stream and training may import it.
"""
