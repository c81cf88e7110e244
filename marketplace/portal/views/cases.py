"""Cases of surveillance: the list, one with its evidence, and what an operator does with it."""

from collections.abc import Callable
from functools import partial
from typing import Any, Final
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods

from common import clock
from common.moments import parse_moment
from identity import selectors as identity_selectors
from identity.approvals import selectors as approvals
from identity.approvals.contracts import Person
from identity.contracts import Role
from marketplace.assurance import selectors as assurance_selectors
from marketplace.assurance import services as assurance_services
from marketplace.assurance.contracts import (
    CLOSING_KIND,
    TEXT_MAX,
    CaseEffect,
    CaseFinding,
    CaseState,
    Pattern,
)
from marketplace.orders.contracts import RATE_MAX, OrderState
from marketplace.portal import case_words, desk, figures, names
from marketplace.portal.access import PortalRequest, page
from marketplace.portal.fact_words import facts_shown
from marketplace.portal.forms import OnceForm, WholeField
from marketplace.portal.lists.cases import CASES, case_state
from marketplace.portal.once import once
from marketplace.portal.tables import Queried
from marketplace.portal.templatetags.portal import when

EVIDENCE_SHOWN: Final = 100
COLUMNS: Final = (
    desk.Column(gettext_lazy("Order")),
    desk.Column(gettext_lazy("Buyer")),
    desk.Column(gettext_lazy("Provider")),
    desk.Column(gettext_lazy("Amount"), "number"),
    desk.Column(gettext_lazy("Placed")),
    desk.Column(gettext_lazy("State"), "state"),
    desk.Column(gettext_lazy("Hash")),
)


def _text(label: Any) -> forms.CharField:
    return forms.CharField(
        label=label, max_length=TEXT_MAX, widget=forms.Textarea(attrs={"rows": 3})
    )


def _rate(label: Any) -> WholeField:
    return WholeField(
        label=label,
        min_value=1,
        max_value=RATE_MAX,
        required=False,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
    )


class NoteForm(OnceForm):
    """What was found out."""

    text = _text(gettext_lazy("Note"))


class ClosingForm(OnceForm):
    """What the case comes to."""

    finding = forms.ChoiceField(label=gettext_lazy("Finding"), choices=CaseFinding.choices)
    explanation = _text(gettext_lazy("Explanation"))
    placed_per_minute = _rate(gettext_lazy("Placed a minute"))
    cancelled_per_minute = _rate(gettext_lazy("Cancelled a minute"))

    def clean(self) -> dict[str, Any]:
        """Check that what is confirmed says its effect."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if cleaned.get("finding") == CaseFinding.CONFIRMED:
            for name in ("placed_per_minute", "cancelled_per_minute"):
                if cleaned.get(name) is None and name not in self.errors:
                    self.add_error(name, _("Say at which rate they order from then on."))
        return cleaned


@page(Role.OPERATOR, Role.AUDITOR)
@require_http_methods(["GET", "POST"])
def cases(request: PortalRequest) -> HttpResponseBase:
    """Show every case, those that wait for somebody first in words."""
    counts = assurance_selectors.counts()
    waiting = counts.get(CaseState.OPEN, 0)
    told = ngettext("%(n)s case waits for somebody", "%(n)s cases wait for somebody", waiting)
    in_work = ngettext(
        "%(n)s is in work", "%(n)s are in work", counts.get(CaseState.IN_WORK, 0)
    ) % {"n": counts.get(CaseState.IN_WORK, 0)}
    table = CASES.read(request, Queried(assurance_selectors.cases()))
    return table.answer("portal/cases.html", {"told": f"{told % {'n': waiting}}, {in_work}."})


@page(Role.OPERATOR, Role.AUDITOR)
@require_http_methods(["GET"])
def case(request: PortalRequest, case_id: UUID) -> HttpResponse:
    """Show a case: what was found, the orders that show it, notes, and what can be done."""
    return _shown(request, case_id)


@page(Role.OPERATOR)
@require_http_methods(["POST"])
@once
def take_case(request: PortalRequest, case_id: UUID) -> HttpResponse:
    """Take a case into one's own hands."""
    assurance_services.take_case(case_id=case_id, by=_by(request))
    messages.success(request, _("The case is in your hands."))
    return redirect("portal:case", case_id)


@page(Role.OPERATOR)
@require_http_methods(["POST"])
@once
def note_case(request: PortalRequest, case_id: UUID) -> HttpResponse:
    """Write a note on a case."""
    form = NoteForm(request.POST)
    act = partial(assurance_services.add_note, case_id=case_id, by=_by(request), now=clock.now())
    if form.is_valid() and desk.is_done(form, lambda: act(text=form.cleaned_data["text"])):
        return redirect("portal:case", case_id)
    return _shown(request, case_id, note=form)


@page(Role.OPERATOR)
@require_http_methods(["POST"])
@once
def close_case(request: PortalRequest, case_id: UUID) -> HttpResponse:
    """Close a case, or propose what a confirmed one has for effect."""
    form = ClosingForm(request.POST)
    if form.is_valid() and desk.is_done(form, _closing(request, case_id, form)):
        if form.cleaned_data["finding"] == CaseFinding.CONFIRMED:
            messages.info(request, _("The finding waits until another operator approves it."))
        else:
            messages.success(request, _("The case is closed."))
        return redirect("portal:case", case_id)
    return _shown(request, case_id, closing=form)


def _closing(request: PortalRequest, case_id: UUID, form: ClosingForm) -> Callable[[], object]:
    asked = form.cleaned_data
    facts: dict[str, Any] = {
        "case_id": case_id,
        "explanation": asked["explanation"],
        "by": _by(request),
        "now": clock.now(),
    }
    if asked["finding"] != CaseFinding.CONFIRMED:
        return partial(assurance_services.close_case, finding=asked["finding"], **facts)
    effect = CaseEffect(asked["placed_per_minute"], asked["cancelled_per_minute"])
    return partial(assurance_services.propose_closing, effect=effect, **facts)


def _by(request: PortalRequest) -> Person:
    return Person(request.actor.person_id, request.actor.organization_id)


def _shown(
    request: PortalRequest,
    case_id: UUID,
    *,
    note: NoteForm | None = None,
    closing: ClosingForm | None = None,
) -> HttpResponse:
    found = assurance_selectors.case(case_id)
    tag = case_state(found)
    head = desk.Head(
        title=found.number,
        told=_told(found),
        crumbs=((_("Cases"), reverse("portal:cases")),),
        tags=(desk.Cell(tag.label, tone=tag.tone),),
    )
    side: list[Any] = []
    if request.actor.has_role(Role.OPERATOR) and found.state != CaseState.CLOSED:
        side = _acts(request, found, note or NoteForm(), closing or ClosingForm())
    return desk.show(request, head, _main(found), side)


def _told(found: Any) -> str:
    label = Pattern(found.pattern).label
    facts = {"pattern": label, "version": found.rule.version, "opened": when(found.opened_at)}
    return _("%(pattern)s, found by version %(version)s of the rule, %(opened)s.") % facts


def _main(found: Any) -> list[Any]:
    evidence = list(assurance_selectors.evidence(found.pk)[:EVIDENCE_SHOWN])
    known_facts = list(assurance_selectors.known_facts(found.pk)[:EVIDENCE_SHOWN])
    known = identity_selectors.organizations(
        {
            UUID(each.facts[side])
            for each in evidence
            for side in ("buyer_id", "provider_id")
            if each.facts[side]
        }
        | set(found.organization_ids)
    )
    named = {str(pk): names.named(each) for pk, each in known.items()}
    parties = " · ".join(named.get(str(each), str(each)) for each in found.organization_ids)
    pairs = [
        (_("Organisations"), desk.Cell(parties)),
        (_("Numbers of the rule"), desk.Cell(case_words.numbers(found.rule.parameters))),
        (_("Last evidence"), desk.Cell(when(found.grew_at))),
        (_("In whose hands"), desk.Cell(str(found.assigned_to or _("nobody's yet")))),
    ]
    if found.finding:
        pairs += [
            (_("Finding"), desk.Cell(found.get_finding_display(), note=found.explanation)),
            (_("Closed"), desk.Cell(when(found.closed_at))),
        ]
    return [
        *_waiting(found),
        desk.Facts(_("What was found"), pairs),
        *([_evidence(evidence, named)] if evidence or not known_facts else []),
        *([_known_facts(known_facts)] if known_facts else []),
        _notes(found),
    ]


def _waiting(found: Any) -> list[Any]:
    waits = approvals.waiting(kind=CLOSING_KIND).filter(reference=found.number).exists()
    told = _("A finding with effects waits for another operator's approval.")
    return [desk.Note(told)] if waits else []


def _evidence(rows: list[Any], named: dict[str, str]) -> desk.Sheet:
    return desk.Sheet(
        title=_("Orders that show it"),
        columns=COLUMNS,
        rows=[
            (
                desk.Cell(each.label, address=reverse("portal:order", args=[each.order_id])),
                desk.Cell(named.get(each.facts["buyer_id"], "—")),
                desk.Cell(named.get(each.facts["provider_id"] or "", "—")),
                desk.Cell(_amount(each.facts["gross_minor"])),
                desk.Cell(when(parse_moment(each.facts["placed_at"]))),
                desk.Cell(OrderState(each.facts["state"]).label, tone="neutral"),
                desk.Cell(each.content_hash[:12], is_code=True, copied=each.content_hash),
            )
            for each in rows
        ],
        empty=desk.Empty(_("No order"), _("This case rests on no order.")),
    )


def _known_facts(rows: list[Any]) -> desk.Sheet:
    return desk.Sheet(
        title=_("What shows it"),
        columns=[
            desk.Column(_("Of")),
            desk.Column(_("What")),
            desk.Column(_("Found")),
            desk.Column(_("Hash")),
        ],
        rows=[
            [
                desk.Cell(each.label),
                desk.Cell(facts_shown(each.facts)),
                desk.Cell(when(each.found_at)),
                desk.Cell(each.content_hash[:12], is_code=True, copied=each.content_hash),
            ]
            for each in rows
        ],
        empty=desk.Empty("", ""),
    )


def _amount(minor: int | None) -> str:
    return "—" if minor is None else figures.money(minor)


def _notes(found: Any) -> desk.Steps:
    lines = [
        f"{when(each.written_at)} · {each.written_by}: {each.text}"
        for each in sorted(found.notes.all(), key=lambda note: note.pk)
    ]
    return desk.Steps(_("Notes"), lines, told="" if lines else _("Nobody wrote anything yet."))


def _acts(request: PortalRequest, found: Any, note: NoteForm, closing: ClosingForm) -> list[Any]:
    blocks: list[Any] = []
    if found.assigned_to_id != request.actor.person_id:
        blocks.append(
            desk.FormBlock(
                OnceForm(),
                act=_("Take the case"),
                title=_("Take it"),
                action=reverse("portal:case-take", args=[found.pk]),
            )
        )
    blocks.append(
        desk.FormBlock(
            note,
            act=_("Write it down"),
            title=_("Add a note"),
            tone="",
            action=reverse("portal:case-note", args=[found.pk]),
        )
    )
    if found.state == CaseState.IN_WORK:
        blocks.append(
            desk.FormBlock(
                closing,
                act=_("Close the case"),
                title=_("Close it"),
                told=_(
                    "What is confirmed takes another operator: the organisations order at the rate"
                    " below from then on. For other findings the rates stay empty."
                ),
                action=reverse("portal:case-close", args=[found.pk]),
            )
        )
    return blocks
