"""What an application says about itself: the next step, the check line by line, the history."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from identity.contracts import EnterpriseClass, EnterpriseSize
from identity.identifiers import regions
from marketplace.portal import desk, figures, names, tags
from marketplace.portal.templatetags.portal import when
from marketplace.vouchers.contracts import ApplicationState, CheckOutcome, LifeStep, ObjectionState

S = ApplicationState
NEXT: Final[Mapping[str, Any]] = {
    S.DRAFT: gettext_lazy("Hand it in: until then nobody decides about it."),
    S.APPLIED: gettext_lazy("A person of the issuer reviews it."),
    S.EVIDENCE_ASKED: gettext_lazy("Answer what the issuer asks."),
    S.REVIEWED: gettext_lazy("Another person of the issuer checks the review."),
    S.PUBLISHED: gettext_lazy("Everybody may object until then."),
    S.APPROVED: gettext_lazy("The issuer issues the voucher."),
    S.ISSUED: gettext_lazy("The voucher pays with your next orders."),
    S.REJECTED: gettext_lazy("It was rejected. You may apply again."),
    S.WITHDRAWN: gettext_lazy("It was withdrawn. You may apply again."),
    S.EXPIRED: gettext_lazy("Its time is over. You may apply again."),
    S.REVOKED: gettext_lazy("The approval was revoked. You may apply again."),
}
# The rules of a programme by their members, as the check names them.
RULES: Final[Mapping[str, Any]] = {
    "applications_until": gettext_lazy("Applications are open"),
    "rates": gettext_lazy("The programme pays this class"),
    "requires_sme_certificate": gettext_lazy("SME certificate"),
    "per_entity_year_cap_minor": gettext_lazy("Cap per entity and year"),
    "budget": gettext_lazy("Left in the pool"),
    "beneficiaries.regions": gettext_lazy("Region"),
    "beneficiaries.industries": gettext_lazy("Industry"),
    "beneficiaries.sizes": gettext_lazy("Size"),
    "beneficiaries.classes": gettext_lazy("Class"),
    "beneficiaries.certificates": gettext_lazy("Certificates"),
    "beneficiaries.clean_years": gettext_lazy("Years without an entry of dishonesty"),
    "limits": gettext_lazy("Left of the whole programme"),
    "windows": gettext_lazy("Left of the application window"),
    "budget.period": gettext_lazy("Left of the budget of this time"),
}
MONEY: Final = frozenset(
    {"per_entity_year_cap_minor", "budget", "budget.period", "limits", "windows"}
)
TONES: Final[Mapping[str, tuple[str, str]]] = {
    CheckOutcome.MET: ("ok", "check"),
    CheckOutcome.NOT_MET: ("bad", "alert-triangle"),
    CheckOutcome.UNKNOWN: ("warn", "help"),
}


def head(application: Any, crumb: tuple[Any, str]) -> desk.Head:
    """Return the head of an application's page: where it stands and what comes next."""
    tag = tags.of_application(application)
    return desk.Head(
        _("Application %(number)s") % {"number": application.number},
        f"{NEXT[application.state]} {_until(application)}".strip(),
        crumbs=[crumb],
        tags=[desk.Cell(tag.label, tone=tag.tone or "brand", symbol=tag.icon)],
    )


def _until(application: Any) -> str:
    until = application.ends_at
    if application.state == S.PUBLISHED:
        until = application.publicity_until
    return _("Until %(when)s.") % {"when": when(until)} if until else ""


def facts(application: Any) -> desk.Facts:
    """Return what was asked for."""
    version = application.programme_version
    programme = version.programme
    counts_as = application.get_beneficiary_display() if application.beneficiary else "—"
    return desk.Facts(
        _("Application"),
        [
            (
                _("Programme"),
                desk.Cell(
                    names.named(programme),
                    f"{programme.code} v{version.version}",
                ),
            ),
            (_("Applicant"), desk.Cell(names.named(application.applicant))),
            (_("Amount"), desk.Cell(figures.money(application.amount_minor))),
            (_("Counts as"), desk.Cell(counts_as, _("By evidence"))),
            (_("What for"), desk.Cell(application.purpose or "—")),
            (_("Applied"), desk.Cell(when(application.applied_at))),
            *([(_("Reason"), desk.Cell(application.note))] if application.note else []),
        ],
    )


def checks(application: Any) -> desk.Sheet:
    """Return the automatic check, a line a rule."""
    return desk.Sheet(
        _("Automatic check"),
        [
            desk.Column(_("Rule")),
            desk.Column(_("Found")),
            desk.Column(_("Clause")),
            desk.Column(_("Outcome")),
        ],
        [_line(each) for each in application.checks],
        desk.Empty(
            _("Not checked yet"), _("Every rule is checked when the application is handed in.")
        ),
    )


def _line(line: Mapping[str, str]) -> Sequence[desk.Cell]:
    found = line["found"]
    if found and line["rule"] in MONEY:
        found = figures.money(int(found))
    elif line["rule"] == "beneficiaries.sizes" and found:
        found = str(EnterpriseSize(found).label)
    elif line["rule"] in ("rates", "beneficiaries.classes") and found:
        found = str(EnterpriseClass(found).label)
    tone, symbol = TONES[line["outcome"]]
    return [
        desk.Cell(RULES.get(line["rule"], line["rule"])),
        desk.Cell(found),
        desk.Cell(line["clause"]),
        desk.Cell(CheckOutcome(line["outcome"]).label, tone=tone, symbol=symbol),
    ]


def evidence(application: Any) -> desk.Sheet:
    """Return what was known of the applicant, and what it rested on."""
    known = application.facts
    rows = [
        (_("Region"), _region(_value(known, "region")), _grounds(known, "region")),
        (_("Industry"), _value(known, "industry"), _grounds(known, "industry")),
        (_("Size"), _label(EnterpriseSize, _value(known, "size")), _grounds(known, "size")),
        (_("Age in years"), _value(known, "age_years"), _grounds(known, "age_years")),
        (
            _("Class"),
            _label(EnterpriseClass, _value(known, "standing")),
            _grounds(known, "standing"),
        ),
    ]
    return desk.Sheet(
        _("Evidence"),
        [desk.Column(_("Fact")), desk.Column(_("Known")), desk.Column(_("Rests on"))],
        [
            [
                desk.Cell(name),
                desk.Cell(value) if value else desk.Cell(_("Unknown"), tone="warn"),
                desk.Cell(grounds),
            ]
            for name, value, grounds in rows
        ]
        if known
        else [],
        desk.Empty(_("Nothing looked up yet"), _("Facts are looked up when it is handed in.")),
    )


def _value(known: Mapping[str, Any], name: str) -> str:
    value = known.get(name, {}).get("value")
    return "" if value is None else str(value)


def _grounds(known: Mapping[str, Any], name: str) -> str:
    return ", ".join(each["number"] for each in known.get(name, {}).get("grounds", []))


def _label(choices: Any, value: str) -> str:
    return str(choices(value).label) if value else ""


def _region(code: str) -> str:
    found = regions.regions().get(code)
    return f"{code} {names.named(found)}" if found else code


def history(steps: Iterable[Any]) -> desk.Sheet:
    """Return what happened, oldest first."""
    return desk.Sheet(
        _("History"),
        [desk.Column(_("Step")), desk.Column(_("When")), desk.Column(_("Reason"))],
        [
            [desk.Cell(LifeStep(each.step).label), desk.Cell(when(each.at)), desk.Cell(each.note)]
            for each in steps
        ],
        desk.Empty(_("Nothing happened yet"), _("Steps appear here once it is handed in.")),
    )


def objections(found: Iterable[Any], answering: Any) -> desk.Sheet:
    """Return the objections with the way to answer those that are open."""
    return desk.Sheet(
        _("Objections"),
        [
            desk.Column(_("Objection")),
            desk.Column(_("By")),
            desk.Column(_("Answer")),
            desk.Column("", "act"),
        ],
        [
            [
                desk.Cell(each.reason, when(each.made_at)),
                desk.Cell(names.named(each.made_for)),
                desk.Cell(each.answer or ObjectionState(each.state).label),
                desk.Cell(links=[answering(each)] if each.state == ObjectionState.OPEN else []),
            ]
            for each in found
        ],
        desk.Empty(_("No objections"), _("Nobody has objected."), "circle-check"),
    )
