"""Binarization methods: cells of light to ink and paper, one module for each family.

`pipeline.binarize` chooses among them; pipeline and training may import it.
"""
