"""An issuer's programmes: set up and given new rules, and vouchers taken back."""

from collections.abc import Callable, Sequence
from typing import Any, Final
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from common import clock
from identity.approvals.contracts import Person
from identity.contracts import Role
from marketplace.portal import desk, names, programme_form, programme_words
from marketplace.portal.access import PortalRequest, page
from marketplace.portal.lists.money import ISSUED_VOUCHERS, IssuedLine
from marketplace.portal.once import once
from marketplace.portal.programme_form import ProgrammeForm, RulesForm
from marketplace.portal.tables import Queried
from marketplace.vouchers import programme_2, programme_rules
from marketplace.vouchers import selectors as vouchers_selectors
from marketplace.vouchers import services as vouchers_services
from marketplace.vouchers.contracts import InvalidProgrammeRules, ProgrammeNotFound

# The inputs that the rooms' refusals are about.
FIELDS: Final = {"starts_at": "valid_from"}


def _person(request: PortalRequest) -> Person:
    return Person(request.actor.person_id, request.actor.organization_id)


@page(Role.ISSUER)
@require_http_methods(["GET", "POST"])
@once
def new_programme(request: PortalRequest) -> HttpResponse:
    """Propose a programme with its first rules, after they were read in plain words."""
    form = ProgrammeForm(request.POST or None)

    def propose() -> object:
        typed = form.cleaned_data
        return vouchers_services.propose_programme(
            code=typed["code"],
            name=typed["name"],
            name_en=typed["name_en"],
            region=typed["region"],
            rules_data=form.rules(),
            source=typed["source"],
            by=_person(request),
            now=clock.now(),
            valid_from=form.starts_at(),
        )

    told = _("Another person of your organisation approves it; then it takes applications.")
    return _answer(request, form, propose, desk.Head(_("New programme"), told), None)


@page(Role.ISSUER)
@require_http_methods(["GET", "POST"])
@once
def new_rules(request: PortalRequest, programme_id: UUID) -> HttpResponse:
    """Propose the next rules of a programme, after what changes was read in plain words."""
    programme = vouchers_selectors.programme(
        programme_id=programme_id, issuer_id=request.actor.organization_id
    )
    former = _in_force(programme.pk)
    if former and programme_2.is_version_2(former):
        return redirect("portal:programme-drafts")  # Its rules say more than this form can.
    form = RulesForm(request.POST or None, initial=programme_form.typed(former) if former else None)

    def propose() -> object:
        return vouchers_services.propose_version(
            programme_id=programme.pk,
            rules_data=form.rules(),
            source=form.cleaned_data["source"],
            by=_person(request),
            now=clock.now(),
            valid_from=form.starts_at(),
        )

    told = _(
        "Another person approves them. Rules that give somebody less hold seven days after that;"
        " vouchers that were issued keep theirs."
    )
    head = desk.Head(_("New rules: %(name)s") % {"name": names.named(programme)}, told)
    return _answer(request, form, propose, head, former)


def _in_force(programme_id: UUID) -> dict[str, Any] | None:
    try:
        found = vouchers_selectors.version_in_force(programme_id=programme_id, at=clock.now())
    except ProgrammeNotFound:  # Its first rules are still to come.
        return None
    rules: dict[str, Any] = found.rules
    return rules


def _answer(
    request: PortalRequest,
    form: RulesForm,
    propose: Callable[[], object],
    head: desk.Head,
    former: dict[str, Any] | None,
) -> HttpResponse:
    outcome = desk.attempt(request, form, _beside_inputs(propose), FIELDS)
    back = reverse("portal:programmes")
    if outcome and outcome.counts:
        messages.info(request, _("The rules wait until another person approves them."))
        return redirect(back)
    head = desk.Head(head.title, head.told, crumbs=[(_("Programmes"), back)])
    block = desk.FormBlock(
        form,
        _("Propose them") if outcome else _("Say it in plain words"),
        back,
        programme_form.SECTIONS,
        symbol="check" if outcome else "search",
        seen=desk.seen_mark(request) if outcome else "",
    )
    return desk.show(request, head, [*([_words(form, former)] if outcome else []), block])


def _beside_inputs(propose: Callable[[], object]) -> Callable[[], object]:
    """Let what is wrong with a member of the rules be said beside the input it came from."""

    def proposing() -> object:
        try:
            return propose()
        except InvalidProgrammeRules as refusal:
            member = str(refusal.facts.get("path", "")).partition(".")[0]
            refusal.field = programme_form.INPUTS.get(member, member)
            raise

    return proposing


def _words(form: RulesForm, former: dict[str, Any] | None) -> desk.Sheet:
    before = programme_words.rule_words(programme_rules.parse(former)) if former else {}
    after = programme_words.rule_words(programme_rules.parse(form.rules()))
    rows = [
        [
            desk.Cell(label),
            *([desk.Cell(before.get(label, "—"))] if former else []),
            _after(label, before, after),
        ]
        for label in dict.fromkeys([*after, *before])
    ]
    now = [desk.Column(_("Now"))] if former else []
    return desk.Sheet(
        title=_("In plain words"),
        columns=[desk.Column(_("Rule")), *now, desk.Column(_("Proposed"))],
        rows=rows,
        empty=desk.Empty("", ""),
    )


def _after(label: str, before: dict[str, str], after: dict[str, str]) -> desk.Cell:
    text = after.get(label, "—")
    is_new = bool(before) and before.get(label) != text
    return desk.Cell(text, note=_("changed") if is_new else "")


@page(Role.ISSUER)
def issued_vouchers(request: PortalRequest) -> HttpResponse:
    """Show the vouchers of the issuer's programmes, with what is left on each."""
    found = vouchers_selectors.vouchers(issuer_id=request.actor.organization_id)

    def lines(page: Sequence[Any]) -> list[IssuedLine]:
        left = vouchers_selectors.left_on([each.pk for each in page])
        return [IssuedLine(each, left.get(each.pk, 0)) for each in page]

    head = desk.Head(_("Issued vouchers"), _("What your programmes gave, and what is left of it."))
    empty = desk.Empty(
        _("No vouchers issued"), _("An application that is approved makes one."), "ticket"
    )
    table = ISSUED_VOUCHERS.read(request, Queried(found), dress=lines)
    return desk.show(request, head, [desk.Listed(table, empty)])
