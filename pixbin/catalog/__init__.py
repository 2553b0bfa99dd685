"""What there is to choose from: methods, formats, devices and their data; tables only.

Every room above may import it; it imports the standard library, `errors` and `geometry`.
"""
