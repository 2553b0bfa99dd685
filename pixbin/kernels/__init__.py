"""Loops over arrays that turn cells into ink and paper."""
