"""Recipes: one small commented file a model."""
