"""Folders of pictures: planned and checked first, then converted in parallel, resumable.

A plan is a stream of jobs, a source and a target each. Workers turn jobs into outcomes; a journal
in the output folder remembers them, so that the next run does only what is missing or changed.
Nothing here prints.
"""
