"""Worker processes: how they are started, fed and replaced."""
