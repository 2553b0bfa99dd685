"""From cells of light to ink and paper: one module for each family of methods.

`pipeline.binarize` chooses among them.
"""
