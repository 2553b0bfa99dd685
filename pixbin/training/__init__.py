"""Training of models that binarize; torch is imported here alone, and only to train."""
