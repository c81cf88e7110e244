"""How proposals about the ways in read."""

from collections.abc import Iterator, Mapping
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from identity import selectors as identity_selectors
from identity.contracts import Role
from marketplace.portal import names


def of_recovery(content: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield whose second factor is lost, and how they proved who they are."""
    person = identity_selectors.person(content["person_id"])
    yield _("Person"), f"{person.called} · {person.email}" if person else _("no account any more")
    yield _("How the person proved who they are"), content["reason"]


def of_connection(content: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield the provider, the domains it may vouch for, and the roles that follow."""
    found = identity_selectors.organization(UUID(content["organization_id"]))
    yield _("Organisation"), names.named(found)
    yield _("Issuer of the sign-in"), content["issuer"]
    yield _("Client identifier"), content["client_id"]
    yield _("Domains of e-mail addresses"), ", ".join(content["domains"])
    yield _("Claim that names groups"), content["roles_claim"]
    pairs = [f"{value} = {Role(role).label}" for value, role in content["roles"].items()]
    yield _("Roles by value of the claim"), "; ".join(pairs)
    yield _("Reason"), content["reason"]
