"""One network in several sizes."""
