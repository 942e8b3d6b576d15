"""What is answered over HTTP: one blueprint a file."""
