"""The command lines of training and judging.  Each imports what it runs when it runs it: help needs no Keras."""
