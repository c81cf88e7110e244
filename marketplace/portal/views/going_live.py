"""What a meter needs before its use is charged, step by step, and which comes next."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from django.http import HttpResponse
from django.urls import reverse
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from common import clock
from identity.contracts import ResourceStatus, Role
from marketplace.catalog import selectors as catalog_selectors
from marketplace.catalog.contracts import ListingState
from marketplace.portal import desk, figures, names
from marketplace.portal.access import PortalRequest, page
from marketplace.portal.standing import counted_standing
from metering import chaining
from metering import selectors as metering_selectors

LOOKBACK: Final = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class LiveStep:
    """One thing that must be so, what is so, and where it is done."""

    title: str
    told: str
    is_done: bool
    link: desk.Link | None = None


@page(Role.PROVIDER)
def going_live(request: PortalRequest, meter_id: UUID) -> HttpResponse:
    """Show what a meter still needs."""
    meter = metering_selectors.meter_for(request.actor, meter_id)
    steps = list(_steps(request, meter, clock.now()))
    back = reverse("portal:meter", args=[meter.pk])
    head = desk.Head(
        _("Going live"),
        _sentence(steps),
        crumbs=[(_("Meters"), reverse("portal:meters")), (meter.name, back)],
    )
    return desk.show(request, head, [_sheet(steps)])


def _sentence(steps: Sequence[LiveStep]) -> str:
    left = [each for each in steps if not each.is_done]
    if not left:
        return _("All is done: what this meter counts is charged.")
    said = {
        "done": figures.grouped(len(steps) - len(left)),
        "all": figures.grouped(len(steps)),
        "next": left[0].title,
    }
    return _("%(done)s of %(all)s steps are done. Next: %(next)s.") % said


def _sheet(steps: Sequence[LiveStep]) -> desk.Sheet:
    return desk.Sheet(
        title=_("Steps"),
        columns=[
            desk.Column(_("Step")),
            desk.Column(_("State"), "state"),
            desk.Column(_("Where"), "act"),
        ],
        rows=[
            [
                desk.Cell(capfirst(each.title), note=each.told),
                desk.Cell(_("Done"), tone="ok", symbol="check")
                if each.is_done
                else desk.Cell(_("To do"), tone="warn"),
                desk.Cell(links=[each.link] if each.link and not each.is_done else []),
            ]
            for each in steps
        ],
        empty=desk.Empty("", ""),
    )


def _steps(request: PortalRequest, meter: Any, now: datetime) -> Iterator[LiveStep]:
    resource = meter.resource
    status, _note = counted_standing(resource)
    yield LiveStep(
        _("the resource is in use"),
        f"{names.named(resource)} · {status.label}",
        status in (ResourceStatus.REGISTERED, ResourceStatus.ACTIVE),
        desk.Link(_("Resource"), reverse("portal:resource", args=[resource.pk])),
    )
    yield from _agent_steps(meter, now)
    yield from _reading_steps(request, meter, now)
    yield _listed(request, meter)
    yield LiveStep(
        _("the meter is no trial"),
        _("A trial is measured and never charged; another meter is registered for that."),
        not meter.is_trial,
        desk.Link(_("Register a meter"), reverse("portal:meter-new")),
    )


def _agent_steps(meter: Any, now: datetime) -> Iterator[LiveStep]:
    agent = meter.agent
    yield LiveStep(
        _("an agent signs for it"),
        f"{agent.name} · {agent.key_id}" if agent else _("nobody: unsigned"),
        agent is not None and chaining.is_good(agent, now),
        desk.Link(_("Change the agent"), reverse("portal:meter-agent", args=[meter.pk])),
    )
    chain = metering_selectors.chains([agent.chain_id]).get(agent.chain_id) if agent else None
    yield LiveStep(
        _("the agent was seen, and nothing of it is missing"),
        _("Last seen %(when)s") % {"when": figures.moment(chain.seen_at)}
        if chain
        else _("The command suanpan-agent check on its machine says what stands in the way."),
        chain is not None and chain.arrived == chain.number,
        desk.Link(_("Agent"), reverse("portal:agent", args=[agent.pk]))
        if agent
        else desk.Link(_("Agents"), reverse("portal:agents")),
    )


def _reading_steps(request: PortalRequest, meter: Any, now: datetime) -> Iterator[LiveStep]:
    (health,) = metering_selectors.meter_health(
        provider_id=request.actor.organization_id,
        now=now,
        lookback=LOOKBACK,
        limit=1,
        meter_ids=[meter.pk],
    )
    last = health.last_reading_at
    yield LiveStep(
        _("a reading arrived"),
        figures.moment(last) if last else _("none yet"),
        last is not None,
        desk.Link(_("Developers"), reverse("portal:developers")),
    )
    rule = meter.rule_version
    usage = metering_selectors.usage_for(request.actor).filter(meter_id=meter.pk)
    yield LiveStep(
        _("a window was measured"),
        _("A window lasts %(window)s s and is measured %(grace)s s after it ended.")
        % {
            "window": figures.grouped(rule.window_seconds),
            "grace": figures.grouped(rule.grace_seconds),
        },
        usage.exists(),
    )


def _listed(request: PortalRequest, meter: Any) -> LiveStep:
    listings = catalog_selectors.listings_of(request.actor.organization_id)
    found = listings.filter(
        resource_id=meter.resource_id,
        rule_version_id=meter.rule_version_id,
        state=ListingState.OPEN,
    ).first()
    return LiveStep(
        _("the resource is listed under the meter's rule"),
        found.number if found else _("Nobody can order what is not listed."),
        found is not None,
        desk.Link(_("Listings"), reverse("portal:listings")),
    )
