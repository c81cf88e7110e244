"""What people read of a node before they admit it."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _


def facts(content: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return label and value of what is proposed about a node; the root key is to be compared."""
    return [
        (_("Node code"), content["code"]),
        (_("Name"), content["name"]),
        (_("Address"), content["url"]),
        (_("Root key, as read by another way"), content["root_key"]),
        (_("Granted prefixes"), ", ".join(content["prefixes"]) or "—"),
        (_("Stands above this node"), _("yes") if content["is_parent"] else _("no")),
    ]


def peer_facts(content: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return label and value of what is proposed about a peer."""
    return [
        (_("Node code"), content["node"]),
        (_("Address"), content["url"]),
        (_("May ask"), ", ".join(content["scopes"])),
        (_("Asks from"), ", ".join(content["networks"]) or _("anywhere")),
        (_("Requests a second"), str(content["rate"])),
        (_("Takes what this node pushes"), _("yes") if content["pushes"] else _("no")),
    ]
