"""Mutation tests: small faults are put into pixbin, one at a time, and tests must notice each.

`make mutants MODULE=pixbin/geometry` runs it. Cosmic Ray makes the mutants; `sandbox` runs the
tests of the module, which `table` names, in a copy of the tree.
"""
