"""Image filters on NumPy arrays, named as in scikit-image.

Tone, dither, neural, animation, pipeline and training may import them.
"""
