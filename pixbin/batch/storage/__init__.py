"""Folders and object stores: list, read and write files.

Only batch imports it.
"""
