"""Training of neural models that binarize: data sets, network, losses, training loop and export.

Only `pixbin.cli.dataset` and `pixbin.cli.train` may import it; torch is imported nowhere else.
"""
