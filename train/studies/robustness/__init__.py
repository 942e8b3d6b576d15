"""What light, lenses, links, occlusion and a crop that is off cost in accuracy."""
