"""Read files that pixbin has written back into cells: the opposites of `encoders`."""
