"""What all command lines share, built on click: one way to run, to say what went wrong, to print and to write figures."""
