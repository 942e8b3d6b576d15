"""Files in and out of `analyze`: what a command line names, videos frame by frame, and what is written of the results."""
