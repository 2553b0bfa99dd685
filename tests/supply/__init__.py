"""What pixbin is made of: its packages, models and pictures, their licences and known faults."""
