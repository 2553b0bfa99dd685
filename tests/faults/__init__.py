"""Faults of disks, systems and users: outputs stay whole, and one line says what is wrong."""
