"""Numbers about the server and its sessions."""
