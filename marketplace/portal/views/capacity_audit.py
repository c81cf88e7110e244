"""One audit of capacity: its checklist, its findings, the supplier's answer, what can be done."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Final
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from common import clock
from identity.approvals import selectors as approvals
from identity.contracts import Role
from marketplace.assurance import audit_selectors
from marketplace.assurance import services as assurance_services
from marketplace.assurance.audit_contracts import (
    AUDIT_KIND,
    OVER,
    REASON_MAX,
    AuditConclusion,
    AuditGravity,
    AuditSource,
    AuditState,
    LineVerdict,
)
from marketplace.assurance.contracts import TEXT_MAX
from marketplace.portal import audit_words, desk, names
from marketplace.portal.access import PortalRequest, page
from marketplace.portal.forms import OnceForm, WholeField
from marketplace.portal.once import once
from marketplace.portal.templatetags.portal import day, when
from marketplace.portal.views.capacity_audits import AUDITORS, person_of, scope_of
from marketplace.vouchers.supplier_contracts import SIZE_MAX

JUDGED: Final = [each for each in LineVerdict.choices if each[0] != LineVerdict.OPEN]


def _text(label: Any, most: int = TEXT_MAX, *, required: bool = True) -> forms.CharField:
    return forms.CharField(
        label=label, max_length=most, required=required, widget=forms.Textarea(attrs={"rows": 3})
    )


def _found(label: Any) -> WholeField:
    return WholeField(
        label=label,
        min_value=0,
        max_value=SIZE_MAX,
        required=False,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
    )


class LineForm(OnceForm):
    """What a line of the checklist shows."""

    source = forms.ChoiceField(label=gettext_lazy("Line"), choices=AuditSource.choices)
    verdict = forms.ChoiceField(label=gettext_lazy("What it shows"), choices=JUDGED)
    note = _text(gettext_lazy("Note"), REASON_MAX, required=False)


class AuditFindingForm(OnceForm):
    """What was found, and how grave it is."""

    source = forms.ChoiceField(label=gettext_lazy("Line"), choices=AuditSource.choices)
    gravity = forms.ChoiceField(label=gettext_lazy("Gravity"), choices=AuditGravity.choices)
    text = _text(gettext_lazy("Finding"))


class AuditAnswerForm(OnceForm):
    """What the supplier says."""

    text = _text(gettext_lazy("Answer"))


class ConclusionForm(OnceForm):
    """What the audit comes to."""

    conclusion = forms.ChoiceField(
        label=gettext_lazy("Conclusion"), choices=AuditConclusion.choices
    )
    pflops = _found(gettext_lazy("PFLOPS found"))
    racks = _found(gettext_lazy("Racks found"))
    explanation = _text(gettext_lazy("Explanation"))


class AuditCancelForm(OnceForm):
    """Why the audit is cancelled."""

    explanation = _text(gettext_lazy("Reason"))


FORMS: Final[Mapping[str, type[OnceForm]]] = {
    "take": OnceForm,
    "line": LineForm,
    "finding": AuditFindingForm,
    "ask": OnceForm,
    "answer": AuditAnswerForm,
    "conclude": ConclusionForm,
    "cancel": AuditCancelForm,
}


@page(*AUDITORS, Role.PROVIDER)
@require_http_methods(["GET"])
def capacity_audit(request: PortalRequest, audit_id: UUID) -> HttpResponse:
    """Show an audit: what is claimed, the checklist, what was found, and what can be done."""
    return _shown(request, audit_id, {})


@page(*AUDITORS)
@require_http_methods(["POST"])
@once
def act_on_audit(request: PortalRequest, audit_id: UUID, act: str) -> HttpResponse:
    """Take, judge, find, ask, conclude or cancel."""
    return _acted(request, audit_id, act)


@page(Role.PROVIDER)
@require_http_methods(["GET", "POST"])
@once
def answer_audit(request: PortalRequest, audit_id: UUID) -> HttpResponse:
    """Answer what was found, as the supplier."""
    if request.method == "GET":
        return _shown(request, audit_id, {})
    return _acted(request, audit_id, "answer")


def _acted(request: PortalRequest, audit_id: UUID, act: str) -> HttpResponse:
    form = FORMS[act](request.POST)
    if form.is_valid() and desk.is_done(form, _act(request, audit_id, act, form)):
        is_waiting = act == "conclude" and form.values()["conclusion"] != AuditConclusion.CONFIRMED
        if is_waiting:
            messages.info(request, _("The conclusion waits until another operator approves it."))
        else:
            messages.success(request, _("Done."))
        return redirect("portal:capacity-audit", audit_id)
    return _shown(request, audit_id, {act: form})


def _act(request: PortalRequest, audit_id: UUID, act: str, form: OnceForm) -> Callable[[], object]:
    facts = {"audit_id": audit_id, "by": person_of(request), **form.values()}
    if act == "take":
        return partial(assurance_services.take_audit, **facts)
    facts["now"] = clock.now()
    if act == "conclude" and facts["conclusion"] == AuditConclusion.CONFIRMED:
        for name in ("conclusion", "pflops", "racks"):
            facts.pop(name)
        return partial(assurance_services.confirm_capacity, **facts)
    calls: Mapping[str, Callable[..., object]] = {
        "line": assurance_services.judge_line,
        "finding": assurance_services.write_finding,
        "ask": assurance_services.ask_supplier,
        "answer": assurance_services.answer_audit,
        "conclude": assurance_services.propose_conclusion,
        "cancel": assurance_services.cancel_audit,
    }
    return partial(calls[act], **facts)


def _shown(request: PortalRequest, audit_id: UUID, wrong: Mapping[str, OnceForm]) -> HttpResponse:
    found = audit_selectors.audit(audit_id, **scope_of(request))
    tag = audit_words.audit_state(found)
    head = desk.Head(
        found.number,
        _("%(supplier)s qualifies with %(size)s; the audit is due on %(day)s.")
        % {
            "supplier": names.named(found.supplier),
            "size": audit_words.size_words(found.size),
            "day": day(found.due_on),
        },
        crumbs=[(_("Capacity audits"), reverse("portal:capacity-audits"))],
        tags=[desk.Cell(tag.label, tone=tag.tone, symbol=tag.icon)],
    )
    is_auditing = request.actor.has_role(*AUDITORS)
    main: list[Any] = [*_waiting(found, is_auditing=is_auditing), _facts(found)]
    if is_auditing:
        main.append(_checklist(found))
    main.append(_findings(found))
    names_of_acts = _open_acts(request, found, is_auditing=is_auditing)
    side = [_block(found, name, wrong.get(name) or FORMS[name]()) for name in names_of_acts]
    return desk.show(request, head, main, side)


def _waiting(found: Any, *, is_auditing: bool) -> list[Any]:
    if not is_auditing:
        return []
    waits = approvals.waiting(kind=AUDIT_KIND).filter(reference=found.number).exists()
    return [desk.Note(_("A conclusion waits for another operator's approval."))] if waits else []


def _open_acts(request: PortalRequest, found: Any, *, is_auditing: bool) -> list[str]:
    """Return what the reader may do now, the next step in front."""
    if not is_auditing:
        return ["answer"] if found.state == AuditState.ASKED else []
    if found.state in OVER:
        return []
    is_mine = found.auditor_id == request.actor.person_id
    can_take = found.state in (AuditState.OPEN, AuditState.EXAMINING) and not is_mine
    acts = ["take"] if can_take else []
    if is_mine and found.state == AuditState.EXAMINING:
        acts += ["line", "finding", "ask"]
    if is_mine and found.state != AuditState.OPEN:
        acts.append("conclude")
    if found.state in (AuditState.OPEN, AuditState.EXAMINING):
        acts.append("cancel")
    return acts


def _block(found: Any, name: str, form: OnceForm) -> desk.FormBlock:
    told = {
        "ask": _("The supplier reads the findings from then on, and has 14 days to answer."),
        "conclude": _(
            "That it is confirmed is yours to say. Less takes another operator: the supplier then"
            " qualifies with what was found at once, and a case opens."
        ),
    }
    titles = {
        "take": (_("Take it"), _("Take the audit")),
        "line": (_("Judge a line"), _("Record it")),
        "finding": (_("Write a finding"), _("Write it down")),
        "ask": (_("Ask the supplier"), _("Send the findings")),
        "answer": (_("Answer the findings"), _("Send the answer")),
        "conclude": (_("Conclude"), _("Conclude the audit")),
        "cancel": (_("Cancel"), _("Cancel the audit")),
    }
    title, act = titles[name]
    address = reverse(f"portal:capacity-audit-{name}", args=[found.pk])
    tone = "" if name in ("line", "finding") else "danger" if name == "cancel" else "primary"
    return desk.FormBlock(
        form, act, title=title, told=told.get(name, ""), tone=tone, action=address
    )


def _facts(found: Any) -> desk.Facts:
    pairs: list[tuple[Any, desk.Cell]] = [
        (_("Supplier"), desk.Cell(names.named(found.supplier), found.supplier.uscc)),
        (_("Claimed"), desk.Cell(audit_words.size_words(found.size), found.size.reference)),
        (_("Reason"), desk.Cell(found.reason)),
        (_("Due on"), desk.Cell(day(found.due_on))),
        (_("In whose hands"), desk.Cell(str(found.auditor or _("nobody's yet")))),
    ]
    if found.answer_due_on:
        pairs.append((_("Answer until"), desk.Cell(day(found.answer_due_on))))
    if found.answer:
        pairs.append((_("Answer of the supplier"), desk.Cell(found.answer)))
    if found.closed_at:
        said = found.get_conclusion_display() or found.get_state_display()
        pairs.append((_("Conclusion"), desk.Cell(said, found.explanation)))
    if found.found_size:
        pairs.append((_("Found"), desk.Cell(audit_words.size_words(found.found_size))))
    return desk.Facts(_("The audit"), pairs)


def _checklist(found: Any) -> desk.Sheet:
    return desk.Sheet(
        _("Checklist"),
        [
            desk.Column(_("Line")),
            desk.Column(_("What the market knows")),
            desk.Column(_("What it shows"), "state"),
            desk.Column(_("Note")),
            desk.Column(_("Hash")),
        ],
        [
            [
                desk.Cell(each.get_source_display(), when(each.read_at)),
                desk.Cell(audit_words.known_words(each.facts) or "—"),
                desk.Cell(each.get_verdict_display(), tone=audit_words.VERDICT_TONES[each.verdict]),
                desk.Cell(each.note),
                desk.Cell(each.content_hash[:12], is_code=True, copied=each.content_hash),
            ]
            for each in audit_selectors.audit_lines(found.pk)
        ],
        desk.Empty("", ""),
    )


def _findings(found: Any) -> desk.Sheet:
    return desk.Sheet(
        _("Findings"),
        [
            desk.Column(_("Line")),
            desk.Column(_("Gravity"), "state"),
            desk.Column(_("Finding")),
            desk.Column(_("Found")),
        ],
        [
            [
                desk.Cell(each.get_source_display()),
                desk.Cell(each.get_gravity_display(), tone=audit_words.GRAVITY_TONES[each.gravity]),
                desk.Cell(each.text),
                desk.Cell(when(each.found_at)),
            ]
            for each in audit_selectors.audit_findings(found.pk)
        ],
        desk.Empty(_("No findings"), _("Nothing was written down yet.")),
    )
