"""Who does the jobs: local processes or a Dask cluster.

Only batch imports it.
"""
