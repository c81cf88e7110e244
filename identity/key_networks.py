"""From which networks a key may be used."""

from collections.abc import Collection
from ipaddress import ip_address, ip_network
from typing import Final

from django.utils.translation import gettext_lazy as _

from common.errors import InvalidInput, Refusal
from common.networks import Address

NETWORKS_MAX: Final = 20
NETWORK_LENGTH_MAX: Final = 43


class InvalidNetwork(InvalidInput):
    """What was written is no network."""

    code = "invalid_network"
    sentence = _("Write networks as 203.0.113.0/24 or 2001:db8::/32, at most %(most)s of them.")


class KeyNetworkRefused(Refusal):
    """The key is for other networks than the request comes from."""

    code = "key_network_refused"
    status = 403
    sentence = _("This key may not be used from this network.")


def read_networks(written: Collection[str]) -> list[str]:
    """
    Return networks in one spelling, without repeats, in order; an address is a network of one.

    :raises InvalidNetwork: if one is none, has bits beyond its prefix, or there are too many
    """
    try:
        found = {ip_network(each.strip()) for each in written if each.isascii()}
    except ValueError as error:
        raise InvalidNetwork(field="networks", most=NETWORKS_MAX) from error
    if len(found) > NETWORKS_MAX or not all(map(str.isascii, written)):
        raise InvalidNetwork(field="networks", most=NETWORKS_MAX)
    return [str(each) for each in sorted(found, key=lambda one: (one.version, str(one)))]


def require_network(networks: Collection[str], address: str) -> None:
    """
    Let a key be used from its networks; one without any, from everywhere.

    :raises KeyNetworkRefused: if the address is in none of them, or is none
    """
    if not networks:
        return
    try:
        place = _plain(address)
    except ValueError as error:
        raise KeyNetworkRefused from error
    if not any(place in ip_network(each) for each in networks):
        raise KeyNetworkRefused


def _plain(address: str) -> Address:
    """Return an address; one of IPv4 that is written as IPv6 is one of IPv4."""
    found = ip_address(address)
    return getattr(found, "ipv4_mapped", None) or found
