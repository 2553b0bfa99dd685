"""Shared parts of the servers `studio`, `serve` and `agents`: connections, limits and settings.

`handler` reads requests of HTTP and sends answers, `request_settings` turns untrusted text into
options, and `regular_file` reads a file. Only those three rooms and `cli` import it.
"""
