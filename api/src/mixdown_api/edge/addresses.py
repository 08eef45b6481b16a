"""Which addresses lie outside: nothing else may be fetched for somebody."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

INSIDE_V4 = tuple(
    ipaddress.IPv4Network(network)
    for network in (
        "192.0.0.0/24",  # protocol assignments, a cloud's metadata among them; global by Python 3.11's tables
        "192.88.99.0/24",  # 6to4 relays
        "168.63.129.16/32",  # Azure's host, reachable from every guest
    )
)
GLOBAL_V6 = ipaddress.IPv6Network("2000::/3")
NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
INSIDE_V6 = tuple(
    ipaddress.IPv6Network(network)
    for network in (
        "2001::/23",  # Teredo, benchmarking, ORCHID
        "2001:db8::/32",
        "2002::/16",  # 6to4 carries an IPv4 address
        "3fff::/20",
    )
)


def parse_address(text: str) -> Address | None:
    """The address that a string spells out, zone left off; None where it spells none."""
    try:
        return ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return None


def is_outside(address: Address) -> bool:
    """Whether an address is one of the public internet (IANA's special-purpose registries)."""
    if isinstance(address, ipaddress.IPv4Address):
        special = address.is_multicast or address.is_reserved or any(address in inner for inner in INSIDE_V4)
        return address.is_global and not special
    if address in NAT64:
        return is_outside(ipaddress.IPv4Address(int(address) & 0xFFFFFFFF))
    if address not in GLOBAL_V6 or any(address in inner for inner in INSIDE_V6):
        return False
    return address.is_global


class Allowed:
    """What an operator lets through although it lies inside: host names, addresses, networks."""

    def __init__(self, entries: Iterable[str]) -> None:
        self.names = frozenset(entry.lower() for entry in entries)
        self.networks = tuple(network for entry in self.names if (network := _network(entry)) is not None)

    def host(self, name: str) -> bool:
        return name in self.names

    def address(self, address: Address) -> bool:
        return any(address in network for network in self.networks if network.version == address.version)


def _network(entry: str) -> Network | None:
    try:
        return ipaddress.ip_network(entry, strict=False)
    except ValueError:
        return None
