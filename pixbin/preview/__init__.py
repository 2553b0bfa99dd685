"""Previews, to choose a method: contact sheets and terminal output.

The command line may import it.
"""
