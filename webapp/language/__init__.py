"""The pages' languages: which one a browser gets, and texts, numbers and dates in it."""
