"""What people see of events: words, who did it, and where the object is shown."""

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from identity import selectors as identity_selectors
from identity.contracts import Actor
from identity.events import registry, selectors
from identity.events.telling import By, Told
from marketplace.portal import names
from marketplace.portal.fact_words import facts_shown

ROOMS: Final[dict[str, Promise]] = {
    "identity": _("Organisations and people"),
    "catalog": _("Listings"),
    "orders": _("Orders and deposits"),
    "settlement": _("Contracts and trades"),
    "vouchers": _("Vouchers"),
    "metering": _("Metering"),
    "pricing": _("Prices"),
    "ledger": _("Ledger"),
    "bulletin": _("Price index"),
    "baselines": _("Reference prices"),
    "audit": _("Exports"),
    "privacy": _("Data protection"),
    "approvals": _("Approvals"),
    "assurance": _("Surveillance"),
    "claims": _("Voucher claims"),
    "demands": _("Demands"),
    "onboarding": _("Onboarding"),
    "entry": _("Ways in"),
    "rights": _("Rights and incidents"),
    "particulars": _("Names and places"),
    "appeals": _("Appeals"),
    "certifying": _("Certificates asked for"),
    "files": _("Files"),
    "forms": _("Forms"),
    "payments": _("Payments"),
    "payouts": _("Payouts"),
    "webhooks": _("Webhooks"),
    "budgets": _("Budgets"),
    "fulfilment": _("Deliveries of compute"),
    "drivers": _("Drivers"),
    "projects": _("Projects"),
    "rounds": _("Call rounds"),
    "statements": _("Statements"),
    "policy": _("Workbench"),
    "energy": _("Energy"),
    "senders": _("Senders"),
    "verifying": _("Verification"),
    "gateway": _("Gateway"),
    "witness": _("Witnesses"),
    "peering": _("Peers"),
    "sensing": _("Perceived states"),
    "changes": _("Changes of the register"),
    "standards": _("Directory of standards"),
}
# Pages that show an object by its identifier.
ORGANIZATION: Final = "organization"
PAGES: Final = {"order": "portal:order", "listing": "portal:listing"}


@dataclass(frozen=True, slots=True)
class EventLine:
    """An event as a line of a page."""

    told: Told
    who: str | Promise
    organization: str
    address: str
    facts: str
    object: str


def choices() -> Iterator[tuple[str | Promise, Any]]:
    """Yield what can be asked for: whole rooms, then each name under its room."""
    by_room: dict[str, list[tuple[str, str | Promise]]] = {}
    for name, label in registry.labels().items():
        by_room.setdefault(name.partition(".")[0], []).append((name, label))
    yield _("Rooms"), [(room, ROOMS.get(room, room)) for room in by_room]
    for room, named in by_room.items():
        yield ROOMS.get(room, room), named


def lines(told: Sequence[Told], *, reader: Actor) -> list[EventLine]:
    """Return events as lines; three queries for all."""
    people = identity_selectors.addresses(
        {each.by.person_id for each in told if each.by.person_id},
        organization_id=None if selectors.reads_all(reader) else reader.organization_id,
    )
    organizations = identity_selectors.organizations_by_id(_organizations(told))
    return [
        EventLine(
            told=each,
            who=_who(each.by, people),
            organization=_named(each.by.behalf_id, organizations),
            address=_address(each),
            facts=facts_shown(each.facts),
            object=_object(each, organizations),
        )
        for each in told
    ]


def facts_text(facts: Mapping[str, Any]) -> str:
    """Return facts as one short text."""
    return " · ".join(
        f"{name} {value if isinstance(value, str | int) else json.dumps(value)}"
        for name, value in sorted(facts.items())
        if value not in (None, "", [])
    )


def _organizations(told: Sequence[Told]) -> Collection[UUID]:
    behalf = {each.by.behalf_id for each in told if each.by.behalf_id is not None}
    return behalf | {UUID(each.object_id) for each in told if each.object_kind == ORGANIZATION}


def _object(told: Told, organizations: Mapping[UUID, Any]) -> str:
    """Return what an object is called: an organisation that is still called so, as readers do."""
    label = told.object_label or told.object_id
    if told.object_kind != ORGANIZATION:
        return label
    found = organizations.get(UUID(told.object_id))
    return names.named(found) if found and found.name == label else label


def _named(organization_id: UUID | None, organizations: Mapping[UUID, Any]) -> str:
    found = organizations.get(organization_id) if organization_id else None
    return names.named(found) if found else ""


def _who(by: By, people: Mapping[int, str]) -> str | Promise:
    if by.person_id:
        name = people.get(by.person_id, f"#{by.person_id}")
        return f"{name} (API)" if by.api_key_id else name
    if by.agent_id:
        return _("A metering agent")
    # Which task it was stands in the feed of the API; its name says nothing to a reader of pages.
    return _("The market") if by.task or not by.behalf_id else ""


def _address(told: Told) -> str:
    page = PAGES.get(told.object_kind)
    return reverse(page, args=[told.object_id]) if page else ""
