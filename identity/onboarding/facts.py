"""
What the market knows by itself of an organisation that is being onboarded.

Rooms above register what they know (`config.onboarding`): this room asks nobody above it.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from uuid import UUID

from identity import selectors, standings
from identity.files import selectors as files_selectors
from identity.forms import selectors as forms_selectors

Fact = Callable[[UUID, datetime], bool]
_known: dict[str, Fact] = {}


def install(facts: Mapping[str, Fact]) -> None:
    """Take what rooms above know, by name."""
    _known.clear()
    _known.update(facts)


def hold_for(organization_id: UUID, *, now: datetime) -> frozenset[str]:
    """Return the names of the facts that hold for an organisation; the caller sees its rows."""
    people = selectors.people_of(organization_id)
    holds = {
        "form": forms_selectors.last("onboarding", organization_id=organization_id) is not None,
        "file": files_selectors.present(now=now).filter(organization_id=organization_id).exists(),
        "second_factor": any(map(selectors.has_second_factor, people)),
        # An invited address is nobody yet: who acts has signed in once.
        "two_people": standings.signed_in_once(people) > 1,
        "resource": selectors.registered_resources().filter(provider=organization_id).exists(),
    }
    holds |= {name: fact(organization_id, now) for name, fact in _known.items()}
    return frozenset(name for name, is_so in holds.items() if is_so)
