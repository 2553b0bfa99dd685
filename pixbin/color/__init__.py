"""Colour science on arrays: sRGB, colour spaces, ICC profiles, light in whole quanta.

Every room above may import it; it imports none of them.
"""
