"""A live page on this machine: turn the options of `convert` and see the result.

`server` answers the browser, `guard` decides whether it may, and `page/` has the files of the
page. Nothing here is imported before `pixbin studio` runs.
"""
