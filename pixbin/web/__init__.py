"""Shared parts of the HTTP servers `studio` and `serve`: connections, limits and settings.

`handler` reads requests and sends answers, and `request_settings` turns untrusted text into
options. Only those two rooms and `cli` import it.
"""
