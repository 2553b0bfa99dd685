"""What earlier runs did: fingerprints of options and the journal.

Only batch imports it.
"""
