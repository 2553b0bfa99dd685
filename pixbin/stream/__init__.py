"""Films: frames from a stream, one at a time, to frames of two values."""
