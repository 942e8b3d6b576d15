"""From a trained network to what ships: the int8 file, its figures, its model card."""
