"""Conversion of folders of pictures: planned and checked first, parallel, resumable.

Only `cli` imports it. A plan is a stream of jobs, each a source file and a target. Executors turn
jobs into outcomes. A journal in the output folder records the outcomes, so that the next run
converts only what is missing or changed. Nothing here prints.
"""
