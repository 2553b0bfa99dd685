"""Colour science on arrays: sRGB, colour spaces, ICC profiles, light in whole quanta.

Readers, filters and everything above may import it.
"""
