"""How fast Raut is and what it costs, measured on a real server: `python run.py bench COMMAND`."""
