"""Sharing on a local network: certificates, links, and who gets in."""
