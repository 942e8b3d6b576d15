"""Listening sockets, TLS, and the limits of connections, requests and messages."""
