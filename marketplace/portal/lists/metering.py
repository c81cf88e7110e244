"""Lists of metering: resources and what is certified of them, meters, agents, windows."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Final, Self
from uuid import UUID

from django.urls import reverse
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from identity.contracts import CapacityUnit, ResourceForm, Role
from identity.filters import AgentFilter, ResourceFilter
from marketplace.portal import figures, names, tags
from marketplace.portal.strip import Strip
from marketplace.portal.tables import ListColumn, ListTable, Phone, RowLink, Shows
from metering.contracts import (
    Assessment,
    ComputePath,
    Density,
    MeterHealth,
)
from metering.selectors.filters import CertificateFilter, MeterFilter, WindowFilter

MOMENT: Final = timedelta(microseconds=1)


def capacity(resource: Any) -> str:
    """Return how much a resource is, with its unit."""
    unit = names.unit(CapacityUnit(resource.capacity_unit), is_one=resource.total_milli == 1000)
    return f"{figures.grouped(Decimal(resource.total_milli).scaleb(-3))} {unit}"


RESOURCES: Final = ListTable(
    name="resources",
    title=_("Resources"),
    filters=ResourceFilter,
    shown_filters=("status", "resource_class", "form"),
    columns=(
        ListColumn(
            "name",
            _("Resource"),
            value=names.named,
            below=lambda row: " · ".join(names.specification(row.specification)),
            link=lambda row: reverse("portal:resource", args=[row.pk]),
            sort=("id",),
            phone=Phone.KEY,
            is_fixed=True,
            is_wide=True,
        ),
        ListColumn("identifier", _("Compute identifier"), Shows.IDENTIFIER, phone=Phone.STRIP),
        ListColumn(
            "place",
            _("Place"),
            value=lambda row: names.place(row.region),
            below=lambda row: ResourceForm(row.form).label,
        ),
        ListColumn("capacity", _("Capacity"), value=capacity),
        ListColumn(
            "state",
            _("State"),
            Shows.STATE,
            value=tags.of_resource,
            phone=Phone.STATE,
            is_fixed=True,
        ),
    ),
)


@dataclass(frozen=True, slots=True)
class MeterLine:
    """A meter with how it is doing."""

    pk: UUID
    name: str
    resource: str
    rule: str
    note: str
    signed_by: str
    key: str
    health: MeterHealth
    strip: Strip

    @classmethod
    def of(cls, meter: Any, health: MeterHealth, strip: Strip) -> Self:
        """Return the line of a meter with its rule, resource and agent."""
        version = meter.rule_version
        return cls(
            pk=meter.pk,
            name=meter.name,
            resource=names.named(meter.resource),
            rule=f"{version.rule_id} v{version.version}",
            note=_now("trial") if meter.is_trial else "",
            signed_by=signer(meter),
            key=_key(meter),
            health=health,
            strip=strip,
        )


def signer(meter: Any) -> str:
    """Return which agent signs for a meter."""
    return str(meter.agent.name) if meter.agent else _now("nobody: unsigned")


def _key(meter: Any) -> str:
    if meter.agent is None:
        return ""
    return _now("Revoked") if meter.agent.revoked_at else str(meter.agent.key_id)


PROVIDERS_METERS: Final = ListTable(
    name="meters",
    title=_("Meters"),
    filters=MeterFilter,
    shown_filters=("is_trial",),
    columns=(
        ListColumn(
            "name",
            _("Meter"),
            value=lambda line: line.name,
            below=lambda line: line.resource,
            link=lambda line: reverse("portal:meter", args=[line.pk]),
            sort=("id",),
            phone=Phone.KEY,
            is_fixed=True,
            is_wide=True,
        ),
        ListColumn(
            "rule",
            _("Measured by"),
            value=lambda line: line.rule,
            below=lambda line: line.note,
        ),
        ListColumn(
            "agent",
            _("Signed for by"),
            value=lambda line: line.signed_by,
            below=lambda line: line.key,
        ),
        ListColumn(
            "last",
            _("Last reading"),
            Shows.TIME,
            value=lambda line: line.health.last_reading_at,
        ),
        ListColumn(
            "strip",
            _("Last 48 hours"),
            value=lambda line: str(line.strip),
            template="portal/list/meter_strip.html",
            phone=Phone.STRIP,
        ),
        ListColumn(
            "covered",
            _("Covered in 30 days"),
            value=lambda line: f"{figures.grouped(line.health.coverage * 100, 1)}%",
        ),
        ListColumn(
            "state",
            _("State"),
            Shows.STATE,
            value=lambda line: tags.of_meter(line.health.state),
            phone=Phone.STATE,
            is_fixed=True,
        ),
    ),
    tone=lambda line: {"LIVE": "", "LATE": "attn"}.get(line.health.state, "fail"),
)


@dataclass(frozen=True, slots=True)
class AgentLine:
    """An agent with the number of meters that it signs for, and how far its batches have come."""

    agent: Any
    meters: int
    chain: Any
    at: datetime

    @property
    def pk(self) -> Any:
        """Return the agent's identifier."""
        return self.agent.pk


def _missing(line: AgentLine) -> int | None:
    return line.chain.number - line.chain.arrived if line.chain else None


def _keeping(line: AgentLine) -> list[RowLink]:
    if line.agent.revoked_at and not line.meters:
        return []
    if line.agent.revoked_at:  # Its meters wait for a key that is good.
        address = reverse("portal:agent-key", args=[line.pk])
        return [RowLink(_("New key"), address, line.agent.name)]
    acts = [(_("New key"), "agent-key"), (_("Revoke"), "agent-revoke")]
    return [
        RowLink(label, reverse(f"portal:{page}", args=[line.pk]), line.agent.name)
        for label, page in (acts[1:] if line.agent.ends_at else acts)
    ]


AGENTS: Final = ListTable(
    name="agents",
    title=_("Agents"),
    filters=AgentFilter,
    size=25,
    columns=(
        ListColumn(
            "name",
            _("Agent"),
            value=lambda line: line.agent.name,
            link=lambda line: reverse("portal:agent", args=[line.pk]),
            phone=Phone.KEY,
            is_fixed=True,
            is_wide=True,
        ),
        ListColumn(
            "key_id",
            _("Key"),
            Shows.IDENTIFIER,
            value=lambda line: line.agent.key_id,
            phone=Phone.STRIP,
        ),
        ListColumn("meters", _("Meters"), Shows.QUANTITY),
        ListColumn(
            "seen",
            _("Last seen"),
            Shows.TIME,
            value=lambda line: line.chain.seen_at if line.chain else None,
        ),
        ListColumn(
            "batch",
            _("Last batch"),
            Shows.QUANTITY,
            value=lambda line: line.chain.number if line.chain else None,
        ),
        ListColumn("missing", _("Missing"), Shows.QUANTITY, value=_missing),
        ListColumn(
            "created_at",
            _("Registered"),
            Shows.TIME,
            phone=Phone.HIDDEN,
            value=lambda line: line.agent.created_at,
            sort=("id",),
        ),
        ListColumn(
            "state",
            _("State"),
            Shows.STATE,
            value=tags.of_agent,
            below=lambda line: (
                figures.moment(line.agent.revoked_at) if line.agent.revoked_at else ""
            ),
            phone=Phone.STATE,
            is_fixed=True,
        ),
        ListColumn("act", "", Shows.ACT, value=_keeping, phone=Phone.ACT),
    ),
)


@dataclass(frozen=True, slots=True)
class WindowLine:
    """A window that waits, and what the reader may do about it."""

    window: Any
    may_decide: bool

    @property
    def pk(self) -> Any:
        """Return the window's identifier."""
        return self.window.pk


def _deciding(line: WindowLine) -> list[RowLink]:
    label = _("Decide") if line.may_decide else _("Show")
    return [RowLink(label, reverse("portal:window", args=[line.pk]), line.window.meter.name)]


WINDOWS: Final = ListTable(
    name="windows",
    title=_("Windows to decide"),
    filters=WindowFilter,
    shown_filters=("reason", "starts_from", "starts_until"),
    columns=(
        ListColumn(
            "meter",
            _("Meter"),
            value=lambda line: line.window.meter.name,
            below=lambda line: names.named(line.window.meter.resource),
            link=lambda line: reverse("portal:window", args=[line.pk]),
            phone=Phone.KEY,
            is_fixed=True,
            is_wide=True,
        ),
        ListColumn(
            "provider",
            _("Provider"),
            Shows.PARTY,
            value=lambda line: names.named(line.window.meter.resource.provider),
            phone=Phone.STRIP,
            roles=frozenset({Role.OPERATOR, Role.AUDITOR}),
        ),
        ListColumn(
            "starts", _("From"), Shows.TIME, value=lambda line: line.window.starts_at, sort=("id",)
        ),
        ListColumn("ends", _("Until"), Shows.TIME, value=lambda line: line.window.ends_at),
        ListColumn(
            "reason",
            _("Why it waits"),
            Shows.STATE,
            value=tags.of_set_aside,
            phone=Phone.STATE,
            is_fixed=True,
        ),
        ListColumn("act", "", Shows.ACT, value=_deciding, phone=Phone.ACT),
    ),
)
DECIDED_WINDOWS: Final = ListTable(
    name="decided-windows",
    prefix="decided",
    title=_("Decided"),
    columns=(
        ListColumn(
            "meter",
            _("Meter"),
            value=lambda row: row.window.meter.name,
            link=lambda row: reverse("portal:window", args=[row.window_id]),
            phone=Phone.KEY,
            is_fixed=True,
            is_wide=True,
        ),
        ListColumn("starts", _("From"), Shows.TIME, value=lambda row: row.window.starts_at),
        ListColumn("quantity", _("Quantity"), Shows.QUANTITY),
        ListColumn("reason", _("Reason"), phone=Phone.STRIP),
        ListColumn(
            "decided_at",
            _("Decided on"),
            Shows.TIME,
            below=lambda row: names.named(row.decided_by),
        ),
        ListColumn("verdict", _("Decision"), Shows.STATE, value=tags.of_verdict, phone=Phone.STATE),
    ),
)


@dataclass(frozen=True, slots=True)
class CapacityCertificateLine:
    """What is certified of a resource, at a moment."""

    found: Any
    at: datetime

    @property
    def pk(self) -> Any:
        """Return the certificate's identifier."""
        return self.found.pk


def _stated_for(line: CapacityCertificateLine) -> str:
    found = line.found
    kinds = (Density(found.density), ComputePath(found.path), Assessment(found.assessment))
    return " · ".join((found.precision, *(str(each.label) for each in kinds)))


def _days(line: CapacityCertificateLine) -> str:
    first, last = line.found.valid_from, line.found.valid_to - MOMENT
    return f"{figures.local(first).date()} – {figures.local(last).date()}"


CAPACITY_CERTIFICATES: Final = ListTable(
    name="capacity-certificates",
    title=_("Capacity certificates"),
    filters=CertificateFilter,
    shown_filters=("assessment",),
    columns=(
        ListColumn(
            "resource",
            _("Resource"),
            value=lambda line: names.named(line.found.resource),
            phone=Phone.KEY,
            is_fixed=True,
            is_wide=True,
        ),
        ListColumn(
            "identifier",
            _("Compute identifier"),
            Shows.IDENTIFIER,
            value=lambda line: line.found.resource.identifier,
            phone=Phone.STRIP,
        ),
        ListColumn(
            "value",
            _("Capacity of one unit"),
            value=lambda line: f"{figures.grouped(line.found.value)} {line.found.unit}",
        ),
        ListColumn(
            "stated_for",
            _("Stated for"),
            value=_stated_for,
            below=lambda line: line.found.model or line.found.source[:120],
            phone=Phone.STRIP,
        ),
        ListColumn("days", _("Days"), value=_days),
        ListColumn(
            "verifier",
            _("Certified by"),
            Shows.PARTY,
            value=lambda line: names.named(line.found.verifier),
        ),
        ListColumn(
            "state",
            _("State"),
            Shows.STATE,
            value=lambda line: tags.of_standing(
                line.found.valid_from, line.found.valid_to, line.at
            ),
            phone=Phone.STATE,
            is_fixed=True,
        ),
    ),
)
