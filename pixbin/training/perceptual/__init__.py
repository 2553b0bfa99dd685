"""Training and search by the features that frozen vision networks see in pictures."""
