"""Kernels: loops over cells that run interpreted or as machine code, with the same result.

Rooms with kernels import it, and `pipeline.compile_ahead`; nothing above `pipeline` does.
"""
