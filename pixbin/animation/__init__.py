"""Animations: frames converted with one exposure and without flicker.

`api`, `conversion`, batch and the command line may import it.
"""
