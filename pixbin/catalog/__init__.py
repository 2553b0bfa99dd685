"""The tables of methods, formats and devices, with their data.

Every room above may import it; it imports the standard library, `errors` and `geometry`.
"""
