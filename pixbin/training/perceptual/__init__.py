"""Training and search by the features that frozen vision networks compute from pictures."""
