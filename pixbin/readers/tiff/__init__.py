"""TIFF pages that Pillow reads wrongly, with loss, or not at all.

Only readers and `verify` import it.
"""
