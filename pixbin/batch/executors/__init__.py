"""Executors: they turn jobs into outcomes, in local processes or on a Dask cluster.

Only `batch.session` imports it. The modules `dask_*` are optional: `batch.session` imports
`dask_executor` when a user gives `--scheduler`, and nothing else imports them.
"""
