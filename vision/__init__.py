"""Image bytes -> faces with expression, age and gender.  No Flask, no sockets, no training."""
