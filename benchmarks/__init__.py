"""What Raut costs and how fast it is, measured on the real thing: `python run.py bench COMMAND`."""
