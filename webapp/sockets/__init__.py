"""What is answered over Socket.IO, and who may ask how often."""
