"""Predictions to figures: tables, plots, timings."""
