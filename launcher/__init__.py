"""What run.py does: the set-up and the start of a command.  Standard library only; imports no other part of Raut."""
