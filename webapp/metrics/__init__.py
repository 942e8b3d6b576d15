"""What the server knows of itself and its sessions, as numbers."""
