"""Training of a style from photographs and drawings that do not belong together."""
