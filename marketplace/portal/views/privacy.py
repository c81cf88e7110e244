"""What is kept and how long, legal holds, and who saw whose data."""

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods, require_safe

from common import clock, tenancy
from identity.approvals.contracts import Person
from identity.contracts import Role
from identity.privacy import classes
from identity.privacy import selectors as privacy_selectors
from identity.privacy import services as privacy_services
from identity.privacy.contracts import OBJECT_MAX, REASON_MAX, HeldKind
from identity.rights import selectors as rights_selectors
from marketplace.portal import desk, figures
from marketplace.portal.access import PortalRequest, belongs_somewhere, own_page, page, person_of
from marketplace.portal.forms import OnceForm
from marketplace.portal.lists.privacy import HOLDS, SEEN, SEEN_OF_ME, hold_state
from marketplace.portal.once import once
from marketplace.portal.tables import Queried

TONES = {"PUBLIC": "ok", "INTERNAL": "neutral", "COMMERCIAL": "brand", "PERSONAL": "warn"}


@require_safe
def what_is_kept(request: Any) -> HttpResponse:
    """Show what the market keeps, how long and on what ground; nobody needs to sign in for it."""
    levels = {each.code: each for each in classes.levels()}
    kinds = {each.code: each for each in classes.data_classes()}
    head = desk.Head(
        _("What we keep, and how long"),
        _("Version %(version)s. Every table of the database is in one class.")
        % {"version": classes.VERSION},
        links=[desk.Link(_("Privacy"), reverse("portal:privacy"), "file-text")],
    )
    terms = desk.Sheet(
        _("Classes of records"),
        [desk.Column(_("Class of data")), desk.Column(_("Kept")), desk.Column(_("Then"))],
        [
            [
                desk.Cell(each.name, note=each.ground),
                desk.Cell(_term(each), note=each.starts.label),
                desk.Cell(each.ends.label),
            ]
            for each in kinds.values()
        ],
        desk.Empty("", ""),
    )
    careful = desk.Sheet(
        _("Levels of care"),
        [desk.Column(_("Level")), desk.Column(_("Meaning"))],
        [[_level(each), desk.Cell(each.told)] for each in levels.values()],
        desk.Empty("", ""),
    )
    tables = desk.Sheet(
        _("Tables"),
        [desk.Column(_("Table")), desk.Column(_("Class of data")), desk.Column(_("Level"))],
        [
            [
                desk.Cell(
                    each.name,
                    note=" · ".join(
                        f"{name}: {levels[level].name}" for name, level in each.columns.items()
                    ),
                    is_code=True,
                ),
                desk.Cell(kinds[each.data_class].name),
                _level(levels[each.level]),
            ]
            for each in classes.kept_tables().values()
        ],
        desk.Empty("", ""),
    )
    with tenancy.acting_as_platform():
        count = rights_selectors.published_incidents(now=clock.read())
    told = ngettext(
        "%(count)s incident with data was published in the last year.",
        "%(count)s incidents with data were published in the last year.",
        count,
    )
    return desk.show(
        request, head, [desk.Note(told % {"count": count}), terms, careful, _gone(), tables]
    )


def _term(kind: classes.DataClass) -> str:
    if kind.years is not None:
        return ngettext("%(count)s year", "%(count)s years", kind.years) % {"count": kind.years}
    if kind.days is not None:
        return ngettext("%(count)s day", "%(count)s days", kind.days) % {"count": kind.days}
    return _("as long as needed")


def _level(level: classes.DataLevel) -> desk.Cell:
    return desk.Cell(level.name, tone=TONES.get(level.code, "bad"))


@page(Role.OPERATOR, Role.AUDITOR)
def privacy_desk(request: PortalRequest) -> HttpResponse:
    """Lead to everything that operators and auditors see to about people's data."""
    lasting = privacy_selectors.holds().filter(lifted_at=None).count()
    head = desk.Head(
        _("Data protection"), _("What must stay, what must go, and who saw what."), links=[]
    )
    shown = desk.KeyFigures(
        [
            desk.KeyFigure(
                _("Legal holds"),
                figures.grouped(lasting),
                _("lasting"),
                reverse("portal:legal-holds"),
            ),
            desk.KeyFigure(
                _("Who saw what"), _("Log"), _("of all organisations"), reverse("portal:seen")
            ),
            desk.KeyFigure(
                _("Incidents"),
                figures.grouped(rights_selectors.incidents().filter(closed_at=None).count()),
                _("still open"),
                reverse("portal:incidents"),
            ),
            desk.KeyFigure(
                _("Erased persons"),
                figures.grouped(rights_selectors.erasures().count()),
                _("of whom a number is left"),
                reverse("portal:erasures"),
            ),
            desk.KeyFigure(
                _("What we keep"),
                figures.grouped(len(classes.data_classes())),
                _("classes with terms"),
                reverse("portal:what-is-kept"),
            ),
            desk.KeyFigure(
                _("Ends of terms"),
                figures.grouped(privacy_selectors.removal_count()),
                _("parts of tables removed"),
                reverse("portal:retention"),
            ),
        ]
    )
    return desk.show(request, head, [shown])


@page(Role.OPERATOR, Role.AUDITOR)
@require_safe
def retention(request: PortalRequest) -> HttpResponse:
    """Show what is over and why it stays, and what went; a sweeper removes it."""
    head = desk.Head(
        _("Ends of terms"),
        _("What nothing keeps goes within the hour, in whole parts, and each is recorded."),
        crumbs=crumbs(),
        links=[desk.Link(_("What we keep"), reverse("portal:what-is-kept"), "file-text")],
    )
    kinds = {each.code: each.name for each in classes.data_classes()}
    over = desk.Sheet(
        _("Over their term"),
        [
            desk.Column(_("Table")),
            desk.Column(_("Part")),
            desk.Column(_("Over since")),
            desk.Column(_("Rows"), "number"),
            desk.Column(_("State"), "state"),
        ],
        [
            [
                desk.Cell(each.table, note=kinds[each.data_class], is_code=True),
                desk.Cell(each.key),
                desk.Cell(figures.moment(each.over_at)),
                desk.Cell("—" if each.rows is None else figures.grouped(each.rows)),
                desk.Cell(each.standing.label, tone="warn")
                if each.standing
                else desk.Cell(_("Goes next"), tone="neutral"),
            ]
            for each in privacy_services.preview(now=clock.now())
        ],
        desk.Empty(_("Nothing is over"), _("Every record is within its term."), "shield-check"),
    )
    return desk.show(request, head, [over, _gone()])


def _gone() -> desk.Sheet:
    kinds = {each.code: each.name for each in classes.data_classes()}
    return desk.Sheet(
        _("What was removed"),
        [
            desk.Column(_("Table")),
            desk.Column(_("Part")),
            desk.Column(_("Rows"), "number"),
            desk.Column(_("Removed")),
        ],
        [
            [
                desk.Cell(each.table, note=kinds.get(each.data_class, ""), is_code=True),
                desk.Cell(each.part),
                desk.Cell(figures.grouped(each.rows)),
                desk.Cell(figures.moment(each.removed_at)),
            ]
            for each in privacy_selectors.removals()
        ],
        desk.Empty(
            _("Nothing was removed yet"), _("The market's first terms are not over."), "inbox"
        ),
    )


def crumbs() -> list[tuple[Any, str]]:
    """Return the way to the pages of this desk."""
    return [(_("Data protection"), reverse("portal:privacy-desk"))]


@page(Role.OPERATOR, Role.AUDITOR)
def holds(request: PortalRequest) -> HttpResponseBase:
    """Show the legal holds, the newest first."""
    place = desk.Link(_("Place a hold"), reverse("portal:legal-hold-new"), "plus", "primary")
    may = request.actor.has_role(Role.OPERATOR)
    head = desk.Head(
        _("Legal holds"),
        _("What is under one is removed by nobody, whatever its term."),
        crumbs=crumbs(),
        links=[place] if may else [],
    )
    empty = desk.Empty(
        _("Nothing is held"),
        _("Terms count for everything."),
        "shield-check",
        place if may else None,
    )
    table = HOLDS.read(request, Queried(privacy_selectors.holds()))
    return desk.show(request, head, [desk.Listed(table, empty)])


class HoldForm(OnceForm):
    """What is to be held, and why."""

    kind = forms.ChoiceField(label=gettext_lazy("What is held"), choices=HeldKind.choices)
    object_id = forms.CharField(
        label=gettext_lazy("Identifier"),
        max_length=OBJECT_MAX,
        help_text=gettext_lazy(
            "A person's e-mail address or number; an organisation's credit code or identifier; the"
            " identifier of a file or meter. ASCII only."
        ),
    )
    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=REASON_MAX,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy("Operators and auditors read it."),
    )


class LiftForm(OnceForm):
    """Why a hold is lifted."""

    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=REASON_MAX,
        widget=forms.Textarea(attrs={"rows": 3}),
    )


@page(Role.OPERATOR)
@require_http_methods(["GET", "POST"])
@once
def new_hold(request: PortalRequest) -> HttpResponse:
    """Propose a legal hold."""
    asked = {"kind": desk.asked(request, "kind"), "object_id": desk.asked(request, "object_id")}
    form = HoldForm(request.POST or None, initial={k: v for k, v in asked.items() if v})

    def propose() -> None:
        said = form.cleaned_data
        privacy_services.propose_hold(
            kind=HeldKind(said["kind"]),
            object_id=said["object_id"].strip(),
            reason=said["reason"],
            by=_by(request),
            now=clock.now(),
        )

    back = reverse("portal:legal-holds")
    if request.method == "POST" and form.is_valid() and desk.is_done(form, propose):
        messages.info(request, _("The hold waits until another operator approves it."))
        return redirect(back)
    head = desk.Head(
        _("Place a legal hold"),
        _("Another operator approves it; whom it is on is not told."),
        crumbs=[*crumbs(), (_("Legal holds"), back)],
    )
    return desk.show(request, head, [desk.FormBlock(form, _("Propose the hold"), back)])


@page(Role.OPERATOR, Role.AUDITOR)
@require_http_methods(["GET", "POST"])
@once
def hold(request: PortalRequest, hold_id: UUID) -> HttpResponse:
    """Show a legal hold; an operator may propose to lift it."""
    found = privacy_selectors.hold(hold_id)
    form = LiftForm(request.POST or None)
    may_lift = found.lifted_at is None and request.actor.has_role(Role.OPERATOR)

    def propose() -> None:
        privacy_services.propose_lift(
            hold_id=found.pk,
            reason=form.cleaned_data["reason"],
            by=_by(request),
            now=clock.now(),
        )

    back = reverse("portal:legal-holds")
    sent = request.method == "POST" and may_lift
    if sent and form.is_valid() and desk.is_done(form, propose):
        messages.info(request, _("Lifting it waits until another operator approves it."))
        return redirect(back)
    state = hold_state(found)
    head = desk.Head(
        found.object_label or found.object_id,
        str(HeldKind(found.kind).label),
        crumbs=[*crumbs(), (_("Legal holds"), back)],
        tags=[desk.Cell(state.label, tone=state.tone)],
    )
    facts = desk.Facts(
        _("Hold"),
        [
            (_("Identifier"), desk.Cell(found.object_id, is_code=True, copied=found.object_id)),
            (_("Reason"), desk.Cell(found.reason)),
            (_("Placed"), desk.Cell(figures.moment(found.placed_at))),
            (_("Placed by"), desk.Cell(f"#{found.placed_by_id}, #{found.agreed_by_id}")),
            *_lifted(found),
        ],
    )
    lift = desk.FormBlock(form, _("Propose to lift it"), title=_("Lift the hold"))
    return desk.show(request, head, [facts], [lift] if may_lift else [])


def _lifted(found: Any) -> list[tuple[str, desk.Cell]]:
    if found.lifted_at is None:
        return []
    return [
        (_("Lifted"), desk.Cell(figures.moment(found.lifted_at))),
        (_("Why it was lifted"), desk.Cell(found.lift_reason)),
        (_("Lifted by"), desk.Cell(f"#{found.lifted_by_id}, #{found.lift_agreed_by_id}")),
    ]


@page()
def seen(request: PortalRequest) -> HttpResponseBase:
    """Show an organisation who of others opened what is its own."""
    head = desk.Head(
        _("Who saw our data"),
        _("People with a duty across the market who opened a page or record of yours.")
        if not request.actor.has_role(*privacy_selectors.WATCHERS)
        else _("Who opened what is of another organisation."),
    )
    empty = desk.Empty(
        _("Nobody looked"), _("Whoever opens something of yours by duty stands here."), "user"
    )
    table = SEEN.read(request, Queried(privacy_selectors.seen_for(request.actor)))
    return desk.show(request, head, [desk.Listed(table, empty)])


@own_page
def seen_of_me(request: PortalRequest) -> HttpResponseBase:
    """Show a person who of others opened what is about them."""
    if not belongs_somewhere(request):  # Who belongs nowhere any more reads of every organisation.
        with tenancy.acting_as_platform():
            return _seen_of(request, _("In every organisation that you belonged to."))
    return _seen_of(request, _("In the organisation that you act for."))


def _seen_of(request: PortalRequest, told: str) -> HttpResponseBase:
    head = desk.Head(
        _("Who saw data about me"),
        told,
        crumbs=[(_("Profile"), reverse("portal:profile"))],
    )
    empty = desk.Empty(
        _("Nobody looked"), _("Whoever opens something about you by duty stands here."), "user"
    )
    table = SEEN_OF_ME.read(request, Queried(privacy_selectors.seen_of_person(person_of(request))))
    return desk.show(request, head, [desk.Listed(table, empty)])


def _by(request: HttpRequest) -> Person:
    actor = request.actor  # type: ignore[attr-defined]
    return Person(actor.person_id, actor.organization_id)
