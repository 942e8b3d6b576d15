"""Figures by group of people."""
