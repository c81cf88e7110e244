"""An issuer's drafts of programmes: written, tried as they are typed, saved and proposed."""

from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from common import clock
from common.errors import Refusal
from identity.approvals.contracts import Person
from identity.contracts import Role
from marketplace.portal import desk, draft_form, figures
from marketplace.portal.access import PortalRequest, page
from marketplace.portal.draft_form import DraftForm
from marketplace.portal.once import once
from marketplace.vouchers import (
    drafting,
    industries,
    programme_2,
    programme_rules,
    trying,
    wording,
)
from marketplace.vouchers import selectors as vouchers_selectors
from marketplace.vouchers import services as vouchers_services
from marketplace.vouchers.contracts import InvalidProgrammeRules, ProgrammeNotFound
from marketplace.vouchers.rows import DraftRow

BOUGHT_MINOR = 10_000_000


@dataclass(slots=True)
class DraftOutlook:
    """What a draft would do as it reads now, and what it still lacks."""

    sentence: str = ""
    words: list[tuple[str, str]] = field(default_factory=list)
    tried: list[trying.TriedExample] = field(default_factory=list)
    lacking: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)


@page(Role.ISSUER)
def drafts(request: PortalRequest) -> HttpResponse:
    """Show the issuer's drafts, each with how much it lacks."""
    found = vouchers_selectors.drafts(issuer_id=request.actor.organization_id)[:200]
    rows = [
        [
            desk.Cell(each.code, address=reverse("portal:programme-draft", args=[each.pk])),
            desk.Cell(each.name),
            desk.Cell(_lacks(each)),
            desk.Cell(figures.moment(each.changed_at)),
        ]
        for each in found
    ]
    sheet = desk.Sheet(
        title=_("Drafts"),
        columns=[
            desk.Column(_("Code")),
            desk.Column(_("Name")),
            desk.Column(_("State")),
            desk.Column(_("Saved")),
        ],
        rows=rows,
        empty=desk.Empty(_("No drafts yet"), _("Begin one, or load a file of programmes.")),
    )
    told = _("Rules are written here before two people publish them.")
    new = desk.Link(_("New draft"), reverse("portal:programme-draft-new"), "plus", "primary")
    crumbs = [(_("Programmes"), reverse("portal:programmes"))]
    head = desk.Head(_("Drafts of programmes"), told, crumbs=crumbs, links=[new])
    return desk.show(request, head, [sheet], [_templates()])


def _templates() -> desk.Facts:
    """Return the industries that a draft may begin with."""
    links = [
        desk.Link(each.label, f"{reverse('portal:programme-draft-new')}?industry={key}", "plus")
        for key, each in industries.scenes().items()
    ]
    return desk.Facts(_("Begin with an industry"), [], links)


def _lacks(draft: DraftRow) -> str:
    count = len(programme_2.unpublishable(draft.rules))
    return _("not publishable: %(count)s missing") % {"count": count} if count else _("complete")


@page(Role.ISSUER)
@require_http_methods(["GET", "POST"])
@once
def new_draft(request: PortalRequest) -> HttpResponse:
    """Write a new draft."""
    return _edit(request, None)


@page(Role.ISSUER)
@require_http_methods(["GET", "POST"])
@once
def draft(request: PortalRequest, draft_id: UUID) -> HttpResponse:
    """Change a draft."""
    return _edit(request, _mine(request, draft_id))


@page(Role.ISSUER)
@require_POST
def preview(request: PortalRequest) -> HttpResponse:
    """Say in plain words what a draft would do as it is typed; keeps nothing."""
    form = DraftForm(request.POST)
    form.is_valid()
    context = {"outlook": _outlook(form.draft()), "form": form}
    return render(request, "portal/parts/draft_outlook.html", context)


@page(Role.ISSUER)
@require_POST
@once
def propose(request: PortalRequest, draft_id: UUID) -> HttpResponse:
    """Propose what a draft says; another person approves it."""
    found = _mine(request, draft_id)
    by = Person(request.actor.person_id, request.actor.organization_id)
    try:
        vouchers_services.propose_draft(draft_id=found.pk, by=by, now=clock.now())
    except Refusal as refusal:
        messages.error(request, str(refusal))
        return redirect("portal:programme-draft", found.pk)
    messages.info(request, _("The rules wait until another person approves them."))
    return redirect("portal:programmes")


def _mine(request: PortalRequest, draft_id: UUID) -> DraftRow:
    return vouchers_selectors.draft(draft_id=draft_id, issuer_id=request.actor.organization_id)


def _edit(request: PortalRequest, found: DraftRow | None) -> HttpResponse:
    begun = found or _of_industry(desk.asked(request, "industry", among=industries.scenes()))
    form = DraftForm(request.POST or None, initial=draft_form.typed(begun) if begun else None)
    if request.method == "POST" and form.is_valid():
        try:
            kept = vouchers_services.save_draft(
                form.draft(),
                issuer_id=request.actor.organization_id,
                now=clock.now(),
                revision=form.cleaned_data["revision"] or 0,
            )
        except InvalidProgrammeRules as refusal:
            path = str(refusal.facts["path"])
            name = form.beside(path)
            form.add_error(name if name in form.fields else None, f"{path}: {refusal}")
        except Refusal as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("The draft is saved."))
            return redirect("portal:programme-draft", kept.pk)
    said = form.draft() if form.is_bound else _file(begun)
    context = {"form": form, "draft": found, "outlook": _outlook(said)}
    status = 422 if form.errors else 200
    return render(request, "portal/programme_draft.html", context, status=status)


@dataclass(frozen=True, slots=True)
class BegunDraft:
    """What a draft for an industry begins with; nothing of it is saved."""

    name: str
    name_en: str
    rules: dict[str, Any]
    code: str = ""
    region: str = ""
    source: str = ""
    examples: list[Any] = field(default_factory=list)
    revision: int = 0


def _of_industry(key: str) -> BegunDraft | None:
    scene = industries.scenes().get(key)
    return BegunDraft(scene.name, scene.name_en, dict(scene.rules)) if scene else None


def _file(found: DraftRow | BegunDraft | None) -> dict[str, Any]:
    if found is None:
        return {"code": "", "rules": {"schema": programme_2.SCHEMA}, "examples": []}
    return {"code": found.code, "rules": found.rules, "examples": found.examples}


def _outlook(said: dict[str, Any]) -> DraftOutlook:
    """Return what a draft would do; what cannot be read yet is among what it lacks."""
    lacking = drafting.reasons(programme_2.unpublishable(said["rules"]))
    found = DraftOutlook(lacking=lacking, changed=_changed(said))
    if lacking:
        return found
    parsed = programme_rules.parse(said["rules"])
    usual = trying.usual(parsed, at=clock.now(), amount_minor=BOUGHT_MINOR)
    got_minor = trying.tried(parsed, usual).got_minor
    terms = parsed.terms
    place = wording.place_of(terms, get_language() or "") if terms else ""
    found.sentence = wording.sentence(parsed, usual, got_minor=got_minor, place=place)
    found.words = list(wording.with_clauses(terms).items()) if terms else []
    try:
        found.tried = [trying.tried(parsed, each) for each in trying.read(said["examples"])]
    except InvalidProgrammeRules as refusal:
        found.lacking = [f"{refusal.facts['path']}: {refusal.facts['problem']}"]
    return found


def _changed(said: dict[str, Any]) -> list[str]:
    """Return the members that differ from the rules in force of the programme with the code."""
    try:
        version = vouchers_selectors.version_of_code(code=str(said["code"]), at=clock.now())
    except ProgrammeNotFound:
        return []
    names = trying.members_changed(version.rules, said["rules"])
    return [str(wording.NAMES.get(name, name)) for name in names if name != "clauses"]
