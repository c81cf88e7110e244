"""Control of a programme: the queue of what was found, its evidence, the rules, the samples."""

from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from common import clock
from common.errors import Forbidden
from identity.approvals.contracts import Person
from identity.contracts import Role
from marketplace.portal import control_words as words
from marketplace.portal import desk
from marketplace.portal.access import PortalRequest, page
from marketplace.portal.forms import OnceForm, WholeField
from marketplace.portal.lists.control import FINDINGS
from marketplace.portal.once import once
from marketplace.portal.tables import Queried
from marketplace.portal.templatetags.portal import when
from marketplace.vouchers import selectors as vouchers_selectors
from marketplace.vouchers import services as vouchers_services
from marketplace.vouchers.control_contracts import (
    NUMBERS,
    ControlCode,
    ControlSeverity,
    FindingState,
)

READERS: Final = (Role.ISSUER, Role.AUDITOR, Role.OPERATOR)
SAMPLES_SHOWN: Final = 50


class FindingForm(OnceForm):
    """What a person makes of a finding, and why."""

    is_confirmed = forms.ChoiceField(
        label=gettext_lazy("Decision"),
        choices=(
            ("no", gettext_lazy("It is explained: the application goes on")),
            ("yes", gettext_lazy("It is so: the application is not approved")),
        ),
        widget=forms.RadioSelect,
    )
    note = forms.CharField(
        label=gettext_lazy("Reason"), max_length=500, widget=forms.Textarea(attrs={"rows": 3})
    )


class ControlRuleForm(OnceForm):
    """The gravity and the numbers of one rule."""

    severity = forms.ChoiceField(
        label=gettext_lazy("What it does"), choices=ControlSeverity.choices
    )
    reason = forms.CharField(label=gettext_lazy("Reason"), max_length=500)

    def __init__(self, *args: Any, code: str, now: dict[str, int], **options: Any) -> None:
        super().__init__(*args, **options)
        for name, (first, least, most) in NUMBERS[code].items():
            self.fields[name] = WholeField(
                label=words.NUMBERS[name],
                min_value=least,
                max_value=most,
                initial=now.get(name, first),
                widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
            )
        self.order_fields(["severity", *NUMBERS[code], "reason"])


class SampleForm(OnceForm):
    """Of which programme how much is drawn."""

    programme_id = forms.TypedChoiceField(label=gettext_lazy("Programme"), coerce=UUID)
    percent = WholeField(
        label=gettext_lazy("Percent"),
        min_value=1,
        max_value=100,
        initial=5,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
    )

    def __init__(self, *args: Any, issuer_id: UUID, **options: Any) -> None:
        super().__init__(*args, **options)
        field: Any = self.fields["programme_id"]
        mine = vouchers_selectors.programmes().filter(issuer_id=issuer_id)
        field.choices = [(str(each.pk), each.code) for each in mine]


class SeedForm(OnceForm):
    """The seed that was committed to."""

    seed = forms.CharField(
        label=gettext_lazy("Seed"),
        max_length=128,
        help_text=gettext_lazy("In hexadecimal, as it was shown when it was committed to."),
    )


def _scope(request: PortalRequest) -> dict[str, UUID]:
    """Return whose findings the reader sees; nothing to narrow for those who watch."""
    is_issuer = not request.actor.has_role(Role.AUDITOR, Role.OPERATOR)
    return {"issuer_id": request.actor.organization_id} if is_issuer else {}


@page(*READERS)
def findings(request: PortalRequest) -> HttpResponseBase:
    """Show what control found, and what waits for a person."""
    found = vouchers_selectors.control_findings(**_scope(request))
    waiting = found.filter(state=FindingState.OPEN).count()
    head = desk.Head(
        _("Fraud control"),
        _("What control found in applications; waiting for a person: %(count)s.")
        % {"count": waiting},
        links=[
            desk.Link(_("Rules"), reverse("portal:control-rules")),
            desk.Link(_("Samples"), reverse("portal:control-samples")),
        ],
    )
    empty = desk.Empty(
        _("Control found nothing"),
        _("Each application is looked at when it is handed in; nothing is refused in silence."),
        "circle-check",
    )
    table = FINDINGS.read(request, Queried(found))
    return desk.show(request, head, [desk.Listed(table, empty)])


@page(*READERS)
@require_http_methods(["GET", "POST"])
@once
def finding(request: PortalRequest, finding_id: UUID) -> HttpResponse:
    """Show a finding with its evidence, and let a person of the issuer decide on it."""
    found = vouchers_selectors.finding(finding_id=finding_id, **_scope(request))
    may_act = request.actor.has_role(Role.ISSUER) and (
        found.issuer_id == request.actor.organization_id
    )
    if request.method == "POST" and not may_act:
        raise Forbidden
    is_open = may_act and found.state == FindingState.OPEN
    form = FindingForm(request.POST or None)
    if is_open and form.is_valid() and desk.is_done(form, lambda: _decide(request, found, form)):
        messages.success(request, _("%(number)s is decided.") % {"number": found.number})
        return redirect(_next(request, found))
    tag = words.of_finding(found)
    head = desk.Head(
        found.number,
        str(ControlCode(found.code).label),
        crumbs=[(_("Fraud control"), reverse("portal:control-findings"))],
        tags=[desk.Cell(tag.label, tone=tag.tone, symbol=tag.icon)],
    )
    acts = [desk.FormBlock(form, _("Record the decision"))] if is_open else []
    return desk.show(request, head, [*acts, words.shown_evidence(found)], [words.facts(found)])


def _decide(request: PortalRequest, found: Any, form: FindingForm) -> object:
    return vouchers_services.decide_finding(
        finding_id=found.pk,
        issuer_id=request.actor.organization_id,
        person_id=request.actor.person_id,
        is_confirmed=form.cleaned_data["is_confirmed"] == "yes",
        note=form.cleaned_data["note"],
        now=clock.now(),
    )


def _next(request: PortalRequest, found: Any) -> str:
    """Return the next finding that waits, or the queue."""
    waiting = vouchers_selectors.control_findings(**_scope(request)).filter(state=FindingState.OPEN)
    following = waiting.exclude(pk=found.pk).order_by("id").first()
    if following is None:
        return reverse("portal:control-findings")
    return reverse("portal:control-finding", args=[following.pk])


@page(*READERS)
@require_http_methods(["GET", "POST"])
@once
def rules(request: PortalRequest) -> HttpResponse:
    """Show every version of the rules; let an operator propose another of one."""
    may_act = request.actor.has_role(Role.OPERATOR)
    if request.method == "POST" and not may_act:
        raise Forbidden
    code = desk.asked(request, "rule", among=ControlCode.values) or ControlCode.RELATED_SUPPLIER
    in_force = {each.code: each for each in vouchers_selectors.control_rules(at=clock.now())}
    held = in_force[code]
    form = ControlRuleForm(
        request.POST or None,
        code=code,
        now=dict(held.parameters),
        initial={"severity": held.severity},
    )
    if form.is_valid() and desk.is_done(form, lambda: _propose(request, form, code)):
        messages.info(request, _("The rule waits until another operator approves it."))
        return redirect("portal:control-rules")
    head = desk.Head(
        _("Rules of control"),
        _("What is looked for in applications; a finding names the version that found it."),
        crumbs=[(_("Fraud control"), reverse("portal:control-findings"))],
    )
    side = [_rule_block(form, code)] if may_act else []
    return desk.show(request, head, [_versions()], side)


def _rule_block(form: ControlRuleForm, code: str) -> desk.FormBlock:
    told = _("It holds at once when another operator approves; findings keep theirs.")
    title = str(ControlCode(code).label)
    return desk.FormBlock(form, _("Propose this version"), title=title, told=told)


def _propose(request: PortalRequest, form: ControlRuleForm, code: str) -> object:
    values = form.values()
    return vouchers_services.propose_control_rule(
        code=code,
        severity=values.pop("severity"),
        reason=values.pop("reason"),
        parameters=values,
        by=Person(request.actor.person_id, request.actor.organization_id),
        now=clock.now(),
    )


def _versions() -> desk.Sheet:
    names = ("Rule", "Version", "What it does", "Numbers", "Holds from", "Reason", "Hash")
    return desk.Sheet(
        _("Versions"),
        [desk.Column(_(each)) for each in names],
        [
            [
                desk.Cell(
                    each.get_code_display(),
                    address=f"{reverse('portal:control-rules')}?rule={each.code}",
                ),
                desk.Cell(str(each.version)),
                desk.Cell(each.get_severity_display()),
                desk.Cell(words.numbers(each.parameters)),
                desk.Cell(when(each.valid_from)),
                desk.Cell(each.reason),
                desk.Cell(each.content_hash[:12], is_code=True, copied=each.content_hash),
            ]
            for each in vouchers_selectors.control_rule_versions()
        ],
        desk.Empty(_("No rule"), _("Nothing is looked for.")),
    )


@page(*READERS)
@require_http_methods(["GET", "POST"])
@once
def samples(request: PortalRequest) -> HttpResponse:
    """Show the samples of awards; let an issuer commit to one."""
    may_act = request.actor.has_role(Role.ISSUER)
    if request.method == "POST" and not may_act:
        raise Forbidden
    issuer_id = request.actor.organization_id
    form = SampleForm(request.POST or None, issuer_id=issuer_id)
    made: list[str] = []

    def commit() -> None:
        made.append(
            vouchers_services.commit_sample(
                programme_id=form.cleaned_data["programme_id"],
                percent=form.cleaned_data["percent"],
                by=Person(request.actor.person_id, issuer_id),
                now=clock.now(),
            )[1]
        )

    if request.method == "POST" and form.is_valid() and desk.is_done(form, commit):
        told = _("Keep this seed, it is shown once and draws the sample: %(seed)s")
        messages.success(request, told % {"seed": made[0]})
        return redirect("portal:control-samples")
    head = desk.Head(
        _("Samples"),
        _("A seed is committed to before awards are known; it draws those that are checked."),
        crumbs=[(_("Fraud control"), reverse("portal:control-findings"))],
    )
    side = [desk.FormBlock(form, _("Commit to a sample"))] if may_act else []
    return desk.show(request, head, [_samples(request, may_act=may_act)], side)


def _samples(request: PortalRequest, *, may_act: bool) -> desk.Sheet:
    found = vouchers_selectors.samples(**_scope(request))[:SAMPLES_SHOWN]
    return desk.Sheet(
        _("Samples"),
        [
            desk.Column(_("Sample")),
            desk.Column(_("Percent"), "number"),
            desk.Column(_("Commitment")),
            desk.Column(_("Seed")),
            desk.Column(_("Drawn")),
            desk.Column("", "act"),
        ],
        [_sample(each, may_act=may_act) for each in found],
        desk.Empty(_("No samples"), _("Commit to one before you issue vouchers.")),
    )


def _sample(each: Any, *, may_act: bool) -> Sequence[desk.Cell]:
    drawing = desk.Link(
        _("Draw it"), reverse("portal:control-sample-draw", args=[each.pk]), about=each.number
    )
    told = _("%(drawn)s of %(names)s") % {"drawn": len(each.drawn), "names": len(each.names)}
    return [
        desk.Cell(each.number, each.programme.code),
        desk.Cell(str(each.percent)),
        desk.Cell(each.commitment[:12], is_code=True, copied=each.commitment),
        desk.Cell(each.seed[:12] or "—", is_code=True, copied=each.seed),
        desk.Cell(", ".join(each.drawn[:20]) or "—", told if each.drawn_at else ""),
        desk.Cell(links=[drawing] if may_act and each.drawn_at is None else []),
    ]


@page(Role.ISSUER)
@require_http_methods(["GET", "POST"])
@once
def draw(request: PortalRequest, sample_id: UUID) -> HttpResponse:
    """Draw a sample by the seed that was committed to."""
    issuer_id = request.actor.organization_id
    found = vouchers_selectors.sample(sample_id=sample_id, issuer_id=issuer_id)
    form, back = SeedForm(request.POST or None), reverse("portal:control-samples")

    def act() -> object:
        return vouchers_services.draw_sample(
            sample_id=found.pk,
            seed=form.cleaned_data["seed"],
            issuer_id=issuer_id,
            now=clock.now(),
        )

    if request.method == "POST" and form.is_valid() and desk.is_done(form, act):
        messages.success(request, _("The sample is drawn; everybody can draw it again."))
        return redirect(back)
    head = desk.Head(
        _("Draw a sample"),
        _("%(number)s draws from what was issued since it was committed to.")
        % {"number": found.number},
        crumbs=[(_("Samples"), back)],
    )
    return desk.show(request, head, [desk.FormBlock(form, _("Draw it"), back)])
