"""Run loops interpreted or compiled by Numba, with the same result.

Rooms with kernels import it; nothing above `pipeline` does.
"""
