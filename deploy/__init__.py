"""Past one machine: several nodes behind nginx, with Redis between them. `python run.py deploy` runs all of it here."""
