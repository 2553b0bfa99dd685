"""State of earlier runs: recipe fingerprints and the journal.

Only the batch room imports it, and `cli.batch`.
"""
