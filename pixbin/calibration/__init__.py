"""Calibration: a ramp of tones to print, and the curve that a photograph of the print gives.

`cli` and programs of one's own may import it.
"""
