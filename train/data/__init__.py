"""Datasets from disk, their targets, and how training images are seen."""
