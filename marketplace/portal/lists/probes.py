"""The list of addresses that the market asks by itself."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from common import clock
from gateway.sensing import probe_selectors
from gateway.sensing.contracts import Health
from gateway.sensing.probe_rules import ProbeAgreement
from marketplace.portal import figures, names
from marketplace.portal.outbound_words import probe_answer
from marketplace.portal.state_sheet import TONES
from marketplace.portal.tables import ListColumn, ListTable, Phone, Shows, Tag


@dataclass(frozen=True, slots=True)
class ProbeLine:
    """An address with its last answer, and how the agent's words compare."""

    endpoint: Any
    beside: ProbeAgreement

    @property
    def pk(self) -> Any:
        """Return the resource that the address is of."""
        return self.endpoint.pk


def probe_lines(rows: Sequence[Any]) -> list[ProbeLine]:
    """Return addresses with what agents said beside over a day."""
    found = probe_selectors.compared_of([each.pk for each in rows], now=clock.now())
    return [ProbeLine(each, found[each.pk]) for each in rows]


def health_tag(health: Health | None) -> Tag:
    """Return what a source says now."""
    if health is None:
        return Tag(_("silent"))
    return Tag(health.label, TONES[health] or "neutral")


def agreement_tag(beside: ProbeAgreement) -> Tag:
    """Return how both sources compare over a day."""
    if not beside.both:
        return Tag(_("one of them alone told"))
    if not beside.disagreed:
        return Tag(_("they agree"), "ok", "check")
    length = figures.duration(int(beside.disagreed.total_seconds()))
    told = _("they disagreed for %(length)s") % {"length": length}
    return Tag(told, "bad" if beside.is_agreed is False else "warn")


def _answer(line: ProbeLine) -> str:
    each = line.endpoint
    return probe_answer(each.status, each.took_ms, each.problem)


PROBES: Final = ListTable(
    name="probes",
    title=_("Addresses"),
    columns=(
        ListColumn(
            "resource",
            _("Resource"),
            Shows.PARTY,
            value=lambda line: names.named(line.endpoint.resource),
            below=lambda line: names.named(line.endpoint.provider),
            link=lambda line: reverse("portal:probe", args=[line.pk]),
            phone=Phone.KEY,
            is_fixed=True,
            is_wide=True,
        ),
        ListColumn(
            "asked_at",
            _("Asked last"),
            Shows.TIME,
            value=lambda line: line.endpoint.asked_at,
            below=lambda line: "" if line.endpoint.next_at else _("stopped"),
            phone=Phone.FACT,
        ),
        ListColumn(
            "answer",
            _("Answer"),
            value=_answer,
            below=lambda line: line.endpoint.url,
            phone=Phone.STRIP,
            is_wide=True,
        ),
        ListColumn(
            "agent",
            _("Agent"),
            Shows.TAG,
            value=lambda line: health_tag(line.beside.agent),
            phone=Phone.FACT,
        ),
        ListColumn(
            "probe",
            _("Probe"),
            Shows.STATE,
            value=lambda line: health_tag(line.beside.probe),
            phone=Phone.STATE,
        ),
        ListColumn(
            "compared",
            _("Compared over a day"),
            Shows.TAG,
            value=lambda line: agreement_tag(line.beside),
            phone=Phone.FACT,
        ),
    ),
    size=50,
)
