"""What the paper left open, measured: each study is one module and one command, `python run.py study NAME`."""
