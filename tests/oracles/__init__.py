"""Independent programs and implementations that results are compared with."""
