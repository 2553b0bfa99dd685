"""Animations: frames converted with one exposure and without flicker.

`api`, `file_conversion`, batch and the command line may import it.
"""
