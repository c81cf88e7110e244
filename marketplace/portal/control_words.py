"""What control found, in words: the rule, what shows it, and what a person made of it."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from marketplace.portal import desk, figures, names
from marketplace.portal.tables import Tag
from marketplace.portal.templatetags.portal import when
from marketplace.vouchers.control_contracts import (
    ControlCode,
    ControlSeverity,
    FindingState,
    MarkKind,
)

SHOWN_MAX: Final = 50
TONES: Final[Mapping[str, tuple[str, str]]] = {
    FindingState.OPEN: ("warn", "alert-triangle"),
    FindingState.CLEARED: ("ok", "check"),
    FindingState.CONFIRMED: ("bad", "circle-x"),
}
NUMBERS: Final[Mapping[str, Any]] = {
    "days": gettext_lazy("Days"),
    "contracts": gettext_lazy("Contracts"),
    "at_one_address": gettext_lazy("Enterprises at one address"),
    "days_after": gettext_lazy("Days after it ended"),
}
# What shows a finding, by the name in its evidence.
EVIDENCE: Final[Mapping[str, Any]] = {
    "seller": gettext_lazy("Seller"),
    "by": gettext_lazy("In common"),
    "through": gettext_lazy("Through"),
    "applications": gettext_lazy("Applications"),
    "application": gettext_lazy("Application"),
    "parties": gettext_lazy("Enterprises"),
    "party": gettext_lazy("Enterprise"),
    "contracts": gettext_lazy("Contracts"),
    "amount_minor": gettext_lazy("Amount"),
    "from": gettext_lazy("From"),
    "until": gettext_lazy("Until"),
    "programme": gettext_lazy("Programme"),
    "city": gettext_lazy("City"),
    "what": gettext_lazy("What"),
    "source": gettext_lazy("Source"),
    "listed_on": gettext_lazy("Listed on"),
    "removed_on": gettext_lazy("Removed on"),
}
IN_COMMON: Final[Mapping[str, Any]] = {
    "SAME_PARTY": gettext_lazy("the same enterprise"),
    "CONTROL_OR_SHARES": gettext_lazy("control or shares"),
    **{kind.value: kind.label for kind in MarkKind},
}


def of_finding(finding: Any) -> Tag:
    """Return where a finding stands."""
    tone, icon = TONES[finding.state]
    return Tag(finding.get_state_display(), tone, icon, finding.note)


def evidence_words(name: str, value: Any) -> str:
    """Return one part of the evidence as people read it."""
    if name == "amount_minor":
        return figures.money(int(value))
    parts = value if isinstance(value, list) else [value]
    words = [str(IN_COMMON.get(each, each)) for each in parts if each is not None]
    more = len(words) - SHOWN_MAX
    shown = ", ".join(words[:SHOWN_MAX]) or "—"
    return f"{shown} … +{more}" if more > 0 else shown


def numbers(parameters: Mapping[str, int]) -> str:
    """Return the numbers of a rule."""
    return ", ".join(f"{NUMBERS[name]} {value}" for name, value in parameters.items()) or "—"


def facts(finding: Any) -> desk.Facts:
    """Return what a finding is about."""
    return desk.Facts(
        _("What was found"),
        [
            (
                _("Rule"),
                desk.Cell(finding.get_code_display(), f"v{finding.rule.version}"),
            ),
            (_("What it does"), desk.Cell(str(ControlSeverity(finding.severity).label))),
            (_("Applicant"), desk.Cell(names.named(finding.applicant))),
            (
                _("Application"),
                desk.Cell(
                    finding.application.number,
                    address=reverse("portal:application-decide", args=[finding.application_id]),
                ),
            ),
            (_("Found"), desk.Cell(when(finding.found_at))),
            *([(_("Reason"), desk.Cell(finding.note))] if finding.note else []),
        ],
    )


def shown_evidence(finding: Any) -> desk.Sheet:
    """Return what shows it, line by line."""
    return desk.Sheet(
        _("Evidence"),
        [desk.Column(_("Fact")), desk.Column(_("Known"))],
        [
            [desk.Cell(str(EVIDENCE.get(name, name))), desk.Cell(evidence_words(name, value))]
            for name, value in finding.evidence.items()
        ],
        desk.Empty(_("No evidence"), _("The rule needs none.")),
    )


def panel(found: Iterable[Any]) -> desk.Sheet:
    """Return what control found about one application."""
    return desk.Sheet(
        _("Fraud control"),
        [
            desk.Column(_("Finding")),
            desk.Column(_("What it does")),
            desk.Column(_("Evidence")),
            desk.Column(_("State")),
        ],
        [
            [
                desk.Cell(
                    str(ControlCode(each.code).label),
                    each.number,
                    address=reverse("portal:control-finding", args=[each.pk]),
                ),
                desk.Cell(str(ControlSeverity(each.severity).label)),
                desk.Cell(
                    "; ".join(
                        f"{EVIDENCE.get(name, name)}: {evidence_words(name, value)}"
                        for name, value in each.evidence.items()
                    )[:300]
                ),
                desk.Cell(
                    each.get_state_display(), tone=TONES[each.state][0], symbol=TONES[each.state][1]
                ),
            ]
            for each in found
        ],
        desk.Empty(
            _("Control found nothing"),
            _("Every rule of control was looked at when it was handed in."),
            "circle-check",
        ),
    )


def contracts(found: Iterable[Any]) -> desk.Sheet:
    """Return the contracts that an application names."""
    return desk.Sheet(
        _("Contracts"),
        [
            desk.Column(_("Number")),
            desk.Column(_("Seller")),
            desk.Column(_("Signed on")),
            desk.Column(_("Amount"), "number"),
        ],
        [
            [
                desk.Cell(each.number),
                desk.Cell(each.seller_uscc, is_code=True),
                desk.Cell(each.signed_on.isoformat()),
                desk.Cell(figures.money(each.amount_minor)),
            ]
            for each in found
        ],
        desk.Empty(_("No contract named"), _("An application may name what it is for.")),
    )


def former(found: Sequence[Any]) -> desk.Sheet:
    """Return what the beneficiary had before of the same issuer."""
    return desk.Sheet(
        _("History of the beneficiary"),
        [
            desk.Column(_("Application")),
            desk.Column(_("Applied")),
            desk.Column(_("Amount"), "number"),
            desk.Column(_("State")),
        ],
        [
            [
                desk.Cell(
                    each.number,
                    each.programme_version.programme.code,
                    address=reverse("portal:application-decide", args=[each.pk]),
                ),
                desk.Cell(when(each.applied_at)),
                desk.Cell(figures.money(each.amount_minor)),
                desk.Cell(each.get_state_display()),
            ]
            for each in found[:SHOWN_MAX]
        ],
        desk.Empty(_("Nothing before"), _("It applies for the first time.")),
    )


def related(applicant_id: Any, ties: Iterable[Any]) -> desk.Sheet:
    """Return who is related to the applicant, by control and shareholding."""
    return desk.Sheet(
        _("Related parties"),
        [desk.Column(_("Enterprise")), desk.Column(_("How")), desk.Column(_("Since"))],
        [
            [
                desk.Cell(names.named(_other(each, applicant_id))),
                desk.Cell(
                    each.get_kind_display(),
                    _("holds it") if each.held_id == applicant_id else _("is held by it"),
                ),
                desk.Cell(each.valid_from.isoformat()),
            ]
            for each in ties
        ],
        desk.Empty(_("Nobody related"), _("No tie of the applicant is known on this day.")),
    )


def _other(tie: Any, party_id: Any) -> Any:
    return tie.held if tie.holder_id == party_id else tie.holder
