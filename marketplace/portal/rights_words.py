"""How proposals about erasures and incidents read."""

from collections.abc import Iterator, Mapping
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from common import tenancy
from identity import selectors as identity_selectors
from identity.rights import selectors as rights_selectors
from identity.rights.contracts import Severity


def of_erasure(content: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield who is to be erased, and why."""
    person = identity_selectors.person(content["person_id"])
    yield _("Person"), f"#{content['person_id']}" + (f" · {person.email}" if person else "")
    yield _("Reason"), content["reason"]


def of_incident(content: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield which incident is to be closed, and what was learnt."""
    with tenancy.acting_as_platform():
        found = rights_selectors.incident(UUID(content["incident_id"]))
    yield _("Heading"), found.title
    yield _("Severity"), str(Severity(found.severity).label)
    yield _("What was learnt"), content["lesson"]
    yield _("Counted in public"), _("yes") if content["is_published"] else _("no")
