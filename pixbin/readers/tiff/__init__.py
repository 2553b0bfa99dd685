"""TIFF pages that Pillow misreads, coarsens or refuses.

Only readers and `verify` import it.
"""
