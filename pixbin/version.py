"""The version of pixbin, which the build of the wheel reads too."""

__version__ = "0.1.0"
