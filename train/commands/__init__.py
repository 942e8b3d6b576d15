"""The command lines of training and evaluation.  Each imports what it runs when it runs it: help needs no Keras."""
