"""One HTML page that shows how good the models are, against the paper and against others: `python run.py report`."""
