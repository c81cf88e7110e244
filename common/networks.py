"""
Which addresses of the internet are everybody's, and which an operator allows on purpose.

What is not plainly public is refused: an address is judged by what it reaches, so forms that carry
an IPv4 address inside an IPv6 one are opened first.
"""

import re
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Final

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

_ENTRY: Final = re.compile(
    r"\[(?P<v6>[0-9a-f:.]+(/\d{1,3})?)\](:(?P<port6>\d{1,5}))?"
    r"|(?P<v4>[0-9.]+(/\d{1,2})?)(:(?P<port4>\d{1,5}))?",
    re.ASCII | re.IGNORECASE,
)
_NAT64: Final = IPv6Network("64:ff9b::/96")
# IPv6 is given out from here alone; everything else is somebody's own, or nobody's.
_GLOBAL_V6: Final = IPv6Network("2000::/3")
# What Python, by its version, may take for public, and what reaches a cloud's own services.
_REFUSED: Final[tuple[Network, ...]] = tuple(
    ip_network(network)
    for network in (
        "0.0.0.0/8",
        "100.64.0.0/10",  # carrier-grade NAT; also the metadata service of one cloud
        "168.63.129.16/32",  # the host agent of another
        "192.0.0.0/24",
        "192.88.99.0/24",  # relays of 6to4
        "198.18.0.0/15",
        "224.0.0.0/3",
        "2001::/23",  # Teredo, benchmarks, ORCHID
        "2001:db8::/32",
        "2002::/16",  # 6to4: carries an IPv4 address past the check
        "3fff::/20",
    )
)
# What else listens below 1024 is mail, names, files: no web server.
WEB_PORTS: Final = frozenset({80, 443})


@dataclass(frozen=True, slots=True)
class Allowed:
    """A network that an operator allows, at one port or at all of them."""

    network: Network
    port: int | None = None

    def covers(self, address: Address, port: int) -> bool:
        """Return whether this entry speaks of an address and a port."""
        return address in self.network and self.port in (None, port)


def read_allowed(entry: str) -> Allowed:
    """
    Return what an entry allows: `10.20.0.0/16`, `127.0.0.1:9000`, `[fd00::/8]`, `[::1]:9000`.

    :raises ValueError: if it is none of these
    """
    found = _ENTRY.fullmatch(entry.strip())
    if not found:
        message = f"{entry!r} is no network, such as 10.20.0.0/16, 127.0.0.1:9000 or [::1]:9000"
        raise ValueError(message)
    port = found["port6"] or found["port4"]
    if port is not None and not 0 < int(port) < 65_536:
        message = f"{entry!r} names no port"
        raise ValueError(message)
    return Allowed(ip_network(found["v6"] or found["v4"]), int(port) if port else None)


def is_loopback_port(entry: str) -> bool:
    """Return whether an entry allows one port of this machine and nothing else."""
    try:
        allowed = read_allowed(entry)
    except ValueError:
        return False
    is_one = allowed.network.num_addresses == 1 and allowed.port is not None
    return is_one and allowed.network.is_loopback


def parse(text: str) -> Address:
    """Return an address as the resolver writes it; the zone of a link is left out."""
    return ip_address(text.partition("%")[0])


def unwrapped(address: Address) -> Address:
    """Return the IPv4 address inside an IPv6 one, where that is what a connection would reach."""
    if isinstance(address, IPv4Address):
        return address
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    if address in _NAT64:
        return IPv4Address(int(address) & 0xFFFF_FFFF)
    return address


def is_public(address: Address) -> bool:
    """Return whether an address is everybody's: neither private nor reserved in any way."""
    reached = unwrapped(address)
    if isinstance(reached, IPv6Address) and reached not in _GLOBAL_V6:
        return False
    is_refused = any(reached.version == net.version and reached in net for net in _REFUSED)
    return reached.is_global and not reached.is_multicast and not is_refused


def is_public_port(port: int) -> bool:
    """Return whether web servers listen there, or anybody may."""
    return port >= 1024 or port in WEB_PORTS
