"""Sharing on a local network: certificates, links, who gets in, and the pages about it."""
