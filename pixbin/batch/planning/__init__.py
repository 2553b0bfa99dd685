"""Planning: from the names that a user gives to a checked list of jobs, before the first write.

Only the batch room imports it, and `cli.batch`.
"""
