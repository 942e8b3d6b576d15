"""The names and addresses by which others on the network reach this machine."""

from __future__ import annotations

import ipaddress
import socket
from typing import Final

import ifaddr

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

PRIVATE: Final[tuple[Network, ...]] = tuple(
    ipaddress.ip_network(text)
    for text in (
        "10.0.0.0/8",
        "172.16.0.0/12",
        "192.168.0.0/16",
        "169.254.0.0/16",  # link-local: devices choose these themselves where no server assigns addresses
        "100.64.0.0/10",  # used by carriers and overlay networks; never on the public internet
        "127.0.0.0/8",
        "fc00::/7",
        "fe80::/10",
        "::1/128",
    )
)
"""Networks whose addresses are valid only inside them."""

LOOPBACK_HOSTS: Final = ("127.0.0.1", "localhost", "::1")

ANYWHERE: Final = ("0.0.0.0", "::")  # noqa: S104  (compared with, not listened on)


def is_private(address: Address) -> bool:
    """Whether it is in one of the PRIVATE networks."""
    return any(address.version == network.version and address in network for network in PRIVATE)


def is_loopback(host: str) -> bool:
    """Whether a host to listen on can be reached from this machine alone."""
    return host in LOOPBACK_HOSTS


def machine_addresses() -> list[Address]:
    """The addresses of this machine's network cards that others can use; the one that leads outward first."""
    outward = outward_address()
    found = {
        ipaddress.ip_address(str(ip.ip[0] if isinstance(ip.ip, tuple) else ip.ip).split("%")[0])
        for adapter in ifaddr.get_adapters()
        for ip in adapter.ips
    }
    # fe80:: cannot stand in a URL: it needs a zone, which browsers do not accept.
    usable = (one for one in found if not one.is_loopback and not (one.version == 6 and one.is_link_local))
    others = sorted(usable, key=lambda one: (one.version, int(one)))
    return sorted(others, key=lambda one: one != outward)  # a stable sort: only the outward one moves


def is_own_address(text: str) -> bool:
    """Whether it is an address of this machine on a network. Loopback is none: a proxy on this machine comes from there, too."""
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return False
    return address in machine_addresses()


def outward_address() -> Address | None:
    """The address that this machine has on the network its default route leads to; no packet is sent."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # reserved for documentation: no machine has it
        except OSError:
            return None
        address = ipaddress.ip_address(probe.getsockname()[0])
    return None if address.is_unspecified else address


def host_name() -> str:
    """This machine's name, lower-case; empty if it has none that may stand in a certificate."""
    name = socket.gethostname().lower().rstrip(".")
    fits = name.isascii() and len(name) <= 63 and name.replace("-", "").replace(".", "").isalnum()
    return name if fits and name != "localhost" and not name.replace(".", "").isdigit() else ""


def local_name() -> str:
    """The name by which multicast DNS announces this machine; empty if it has none."""
    name = host_name()
    return f"{name.split('.')[0]}.local" if name else ""


def reached_by(host: str) -> list[Address]:
    """The addresses at which a server that listens on `host` is reached by others."""
    if host in ANYWHERE:
        return machine_addresses()
    try:
        return [ipaddress.ip_address(host.strip("[]"))]
    except ValueError:
        return [ipaddress.ip_address(entry[4][0]) for entry in socket.getaddrinfo(host, None, socket.AF_INET)][:1]


def in_url(address: Address | str) -> str:
    """An address or a name as it stands in a URL or a Host header."""
    return f"[{address}]" if ":" in str(address) else str(address)
