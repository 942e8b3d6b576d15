"""Several nodes as one server, by Redis. Nothing of it is imported without `--redis`."""
