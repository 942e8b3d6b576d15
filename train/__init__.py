"""Training: datasets -> models/.  Imports vision (the same crop in training as live), never webapp."""
