"""Pictures to look at before choosing: contact sheets and terminal output.

The command line may import it.
"""
