"""The kind of a picture: photograph, illustration, line art, text, logo or pixel art.

`pipeline` and the packages above it may import it.
"""
