"""From a recipe and its data to a trained network."""
