"""Fuzzing: inputs of every entry point, mutated by the thousand; nothing may fail unexpectedly.

`python -m tests.fuzz --seconds 600` runs it; CONTRIBUTING.md, section Fuzzing, explains it.
"""
