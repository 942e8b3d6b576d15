"""From an application to listening sockets, with the limits of the connections themselves."""
