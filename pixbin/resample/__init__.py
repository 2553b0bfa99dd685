"""From pixels to cells: exact area averages of light.

Every room above readers may import it.
"""
