"""The CNNs: built, made symmetric, made smaller."""
