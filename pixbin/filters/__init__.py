"""Image filters on NumPy arrays, named as in scikit-image.

Tone, dither, neural, animation and pipeline may import it.
"""
