"""Pictures over HTTP for displays and dashboards: the service of `pixbin serve`.

`server` reads requests, `access` decides whether they are answered, and `service` answers them.
Only `cli` imports it, when the command runs.
"""
