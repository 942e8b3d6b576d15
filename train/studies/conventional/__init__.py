"""Hand-made features against the CNNs."""
