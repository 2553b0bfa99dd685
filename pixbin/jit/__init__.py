"""Kernels: loops over cells that run interpreted or as machine code, with the same result.

Packages with kernels and `pipeline.compile_ahead` import it; nothing above `pipeline` does.
"""
