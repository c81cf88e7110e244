"""One metering agent: its keys, its meters, and what its numbered batches show."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from common import clock
from identity import selectors as identity_selectors
from identity.contracts import Role
from marketplace.portal import desk, figures, names, tags
from marketplace.portal.access import PortalRequest, page
from marketplace.portal.views.agent_keys import own_agent
from metering import chaining
from metering import selectors as metering_selectors
from metering.contracts import ChainFaultKind

FAULTS_SHOWN: Final = 20
METERS_SHOWN: Final = 100
KEYS_SHOWN: Final = 20


@page(Role.PROVIDER)
def agent(request: PortalRequest, agent_id: UUID) -> HttpResponse:
    """Show an agent: when it was last seen, what is missing, and for which meters it signs."""
    found, now = own_agent(request, agent_id), clock.now()
    keys = list(identity_selectors.agents_of_chain(found.chain_id)[:KEYS_SHOWN])
    signed = metering_selectors.meters_signed_by([each.pk for each in keys])
    meters = list(signed[: METERS_SHOWN + 1])
    chain = metering_selectors.chains([found.chain_id]).get(found.chain_id)
    tag = tags.of_agent_key(found, now)
    head = desk.Head(
        found.name,
        _sentence(chain),
        crumbs=[(_("Agents"), reverse("portal:agents"))],
        tags=[desk.Cell(tag.label, tone=tag.tone, symbol=tag.icon)],
        links=_links(found, meters),
    )
    main: list[desk.Sheet] = [_meters(meters), _faults(found.chain_id), _keys(keys, now)]
    return desk.show(request, head, main, [_facts(found, chain)])


def _sentence(chain: Any) -> str:
    if chain is None:
        return _("It has not numbered a batch yet.")
    seen = {"when": figures.moment(chain.seen_at), "number": figures.grouped(chain.number)}
    if chain.arrived == chain.number:
        return _("Last seen %(when)s. All %(number)s batches arrived.") % seen
    seen["missing"] = figures.grouped(chain.number - chain.arrived)
    return _("Last seen %(when)s. %(missing)s of %(number)s batches are missing.") % seen


def _links(found: Any, meters: Sequence[Any]) -> list[desk.Link]:
    rotate = desk.Link(_("New key"), reverse("portal:agent-key", args=[found.pk]), "key", "primary")
    revoke = desk.Link(_("Revoke"), reverse("portal:agent-revoke", args=[found.pk]), "x")
    if found.revoked_at is None:
        return [revoke] if found.ends_at else [revoke, rotate]
    return [rotate] if any(each.agent_id == found.pk for each in meters) else []


def _facts(found: Any, chain: Any) -> desk.Facts:
    missing = metering_selectors.missing_batches(chain)
    pairs = [
        (_("Key"), desk.Cell(found.key_id, is_code=True, copied=found.key_id)),
        (_("Last seen"), desk.Cell(figures.moment(chain.seen_at) if chain else _("never"))),
        (_("Last batch"), desk.Cell(figures.grouped(chain.number) if chain else "0")),
        (_("Batches that arrived"), desk.Cell(figures.grouped(chain.arrived) if chain else "0")),
        (_("Missing"), desk.Cell(_stretches(missing))),
    ]
    return desk.Facts(_("Batches"), pairs)


def _stretches(missing: Sequence[Any]) -> str:
    if not missing:
        return _("none")
    shown = [_stretch(each.first, each.last) for each in missing[:5]]
    return ", ".join(shown) + (" …" if len(missing) > len(shown) else "")


def _stretch(first: int, last: int) -> str:
    return str(first) if first == last else f"{first}–{last}"


def _meters(meters: Sequence[Any]) -> desk.Sheet:
    return desk.Sheet(
        title=_("Meters that it signs for"),
        columns=[
            desk.Column(_("Meter")),
            desk.Column(_("Measured by")),
            desk.Column(_("Key")),
            desk.Column(_("Where"), "act"),
        ],
        rows=[
            [
                desk.Cell(
                    each.name,
                    note=names.named(each.resource),
                    address=reverse("portal:meter", args=[each.pk]),
                ),
                desk.Cell(f"{each.rule_version.rule_id} v{each.rule_version.version}"),
                desk.Cell(each.agent.key_id, is_code=True),
                desk.Cell(links=[_go_live(each)]),
            ]
            for each in meters[:METERS_SHOWN]
        ],
        empty=desk.Empty(
            _("It signs for no meter"),
            _("Open a meter and let this agent sign for it."),
            "gauge",
            desk.Link(_("Meters"), reverse("portal:meters"), "gauge"),
        ),
    )


def _go_live(meter: Any) -> desk.Link:
    address = reverse("portal:meter-live", args=[meter.pk])
    return desk.Link(_("Going live"), address, about=meter.name)


def _faults(chain_id: UUID) -> desk.Sheet:
    found = metering_selectors.chain_faults(chain_id)[:FAULTS_SHOWN]
    return desk.Sheet(
        title=_("What did not follow"),
        columns=[
            desk.Column(_("Noticed")),
            desk.Column(_("Batches")),
            desk.Column(_("What it was")),
        ],
        rows=[
            [
                desk.Cell(figures.moment(each.noticed_at)),
                desk.Cell(_stretch(each.first, each.last)),
                desk.Cell(ChainFaultKind(each.kind).label, note=_meaning(each.kind)),
            ]
            for each in found
        ],
        empty=desk.Empty(
            _("Nothing so far"),
            _("Every batch that arrived followed from the one before it."),
            "check",
        ),
    )


def _meaning(kind: str) -> str:
    return {
        ChainFaultKind.GAP: _("They may still come; what arrives late is counted."),
        ChainFaultKind.CONFLICT: _(
            "Two programs sign with one key, or a disk was put back from a copy."
        ),
        ChainFaultKind.OUT_OF_CHAIN: _("A batch was exchanged or left out on the way."),
    }[ChainFaultKind(kind)]


def _keys(keys: Sequence[Any], now: datetime) -> desk.Sheet:
    return desk.Sheet(
        title=_("Keys"),
        columns=[
            desk.Column(_("Key")),
            desk.Column(_("Registered")),
            desk.Column(_("State"), "state"),
        ],
        rows=[_key(each, now) for each in keys],
        empty=desk.Empty(_("No keys"), ""),
    )


def _key(found: Any, now: datetime) -> list[desk.Cell]:
    tag = tags.of_agent_key(found, now)
    ended = found.revoked_at or found.ends_at
    note = figures.moment(ended) if ended and not chaining.is_good(found, now) else ""
    if ended and not note:
        note = _("until %(when)s") % {"when": figures.moment(ended)}
    return [
        desk.Cell(found.key_id, is_code=True),
        desk.Cell(figures.moment(found.created_at)),
        desk.Cell(tag.label, note=note, tone=tag.tone, symbol=tag.icon),
    ]
