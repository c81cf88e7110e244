"""What is allotted: nodes', owners' and pools' prefixes, with the grants that give them."""

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from common import clock
from identity import allotments, grant_ends, standings
from identity import selectors as identity_selectors
from identity import services as identity_services
from identity.approvals.contracts import Person
from identity.contracts import GRANT_REASON_MAX, Actor, GrantLevel, GrantState, ResourceClass, Role
from marketplace.portal import desk, figures, names
from marketplace.portal.access import PortalRequest, page
from marketplace.portal.forms import OnceForm, OrganizationField, WholeField
from marketplace.portal.lists.allotting import GRANTS, grant_state
from marketplace.portal.once import once
from marketplace.portal.tables import Queried

SHOWN_MAX: Final = 50
POOL_MAX: Final = 1_000_000
FIELDS: Final = {"organization_id": "organization", "prefix": "organization"}


@page(Role.OPERATOR, Role.AUDITOR, Role.PROVIDER)
def grants(request: PortalRequest) -> HttpResponseBase:
    """Show what is granted: to duties all of it, to providers their own."""
    links = [desk.Link(_("Layouts of codes"), reverse("portal:code-profiles"), "file-text")]
    allot = desk.Link(_("Allot a pool"), reverse("portal:pool-new"), "plus", "primary")
    asked = desk.Link(_("Pools asked for"), reverse("portal:pool-requests"), "list-details")
    ask = desk.Link(_("Ask for a pool"), reverse("portal:pool-request-new"), "plus", "primary")
    may, asks = (request.actor.has_role(each) for each in (Role.OPERATOR, Role.PROVIDER))
    head = desk.Head(
        _("Granted prefixes"),
        _("Who may register codes that begin so. What is below a grant stands as badly as it."),
        links=[*links, asked, *([allot] if may else []), *([ask] if asks else [])],
    )
    empty = desk.Empty(
        _("Nothing is granted yet"),
        _("An operator allots a pool; then codes of profile 2 can be registered in it."),
        "table",
        allot if may else (ask if asks else None),
    )
    table = GRANTS.read(request, Queried(allotments.grants_for(request.actor)), dress=_counted)
    return desk.show(request, head, [_counters(request), desk.Listed(table, empty)])


def _counted(rows: Sequence[Any]) -> Sequence[Any]:
    standings.mark_grants(rows)
    return rows


def _counters(request: PortalRequest) -> desk.KeyFigures:
    counted = allotments.counted_for(request.actor)
    given = figures.grouped(Decimal(counted.registered))
    return desk.KeyFigures(
        [
            desk.KeyFigure(_("Nodes"), figures.grouped(Decimal(counted.nodes)), _("with grants")),
            desk.KeyFigure(_("Owners"), figures.grouped(Decimal(counted.owners))),
            desk.KeyFigure(_("Pools"), figures.grouped(Decimal(counted.pools))),
            desk.KeyFigure(
                _("Codes in pools"),
                given,
                _("of %(most)s") % {"most": figures.grouped(Decimal(counted.resources_max))},
            ),
        ]
    )


@page(Role.OPERATOR, Role.AUDITOR, Role.PROVIDER)
@require_safe
def grant(request: PortalRequest, grant_id: UUID) -> HttpResponse:
    """Show a grant: what it gives, what is below it, and all that was said of its prefix."""
    found = allotments.grant_for(request.actor, grant_id)
    standings.mark_grants([found])
    state = grant_state(found)
    head = desk.Head(
        found.name,
        crumbs=_crumbs(),
        tags=[
            desk.Cell(state.label, tone=state.tone),
            desk.Cell(found.prefix, is_code=True, copied=found.prefix),
        ],
    )
    halted = [
        desk.Note(
            _("The grant of %(prefix)s above it does not hold.") % {"prefix": each.prefix}, "warn"
        )
        for each in allotments.halted_above(f"{found.prefix}-")
        if each.prefix != found.prefix
    ]
    return desk.show(
        request,
        head,
        [*halted, _below(found), _said(found, request.actor)],
        [_facts(found, may=request.actor.has_role(Role.OPERATOR))],
    )


def _crumbs() -> list[tuple[Any, str]]:
    return [(_("Granted prefixes"), reverse("portal:grants"))]


def _facts(found: Any, *, may: bool) -> desk.Facts:
    links = [
        desk.Link(
            STEPS[step].act,
            reverse("portal:grant-step", args=[found.pk, step]),
            tone="danger" if step == "end" else "",
        )
        for step in STEPS
        if GrantState(found.state) in STEPS[step].before
    ]
    pool = allotments.pool_of_prefix(found.prefix)
    counted = (
        _("%(count)s of %(most)s codes")
        % {"count": figures.grouped(pool.registered), "most": figures.grouped(pool.resources_max)}
        if pool
        else "—"
    )
    limits = found.limits
    return desk.Facts(
        _("Grant"),
        [
            (_("Granted to"), desk.Cell(GrantLevel(found.level).label)),
            (_("By"), desk.Cell(found.issuer, is_code=True)),
            (_("Answered by"), desk.Cell(found.host, is_code=True)),
            (
                _("Rights"),
                desk.Cell(" · ".join(str(RIGHTS.get(each, each)) for each in found.rights)),
            ),
            (
                _("Regions"),
                desk.Cell(
                    " · ".join(names.places_under(each) for each in limits.get("regions", []))
                    or _("everywhere")
                ),
            ),
            (
                _("Classes"),
                desk.Cell(
                    " · ".join(str(ResourceClass(each).label) for each in limits.get("classes", []))
                    or _("all")
                ),
            ),
            (_("Registered"), desk.Cell(counted)),
            (_("Holds from"), desk.Cell(figures.moment(found.not_before))),
            (_("Holds until"), desk.Cell(figures.moment(found.not_after))),
            *([(_("Reason"), desk.Cell(_reason(found)))] if found.reason else []),
        ],
        links if may else [],
    )


def _reason(row: Any) -> str:
    if row.reason == "owner closed":
        return _("Its owner was closed.")
    return _("Its time is over.") if row.reason == "expired" else row.reason


def _below(found: Any) -> desk.Sheet:
    rows = _counted(list(allotments.grants_below(found.prefix)[:SHOWN_MAX]))
    return desk.Sheet(
        title=_("Right below it"),
        columns=[
            desk.Column(_("Prefix")),
            desk.Column(_("Name")),
            desk.Column(_("Holds until")),
            desk.Column(_("State"), "state"),
        ],
        rows=[
            [
                desk.Cell(
                    each.prefix, address=reverse("portal:grant", args=[each.pk]), is_code=True
                ),
                desk.Cell(each.name),
                desk.Cell(figures.moment(each.not_after)),
                _state(each),
            ]
            for each in rows
        ],
        empty=desk.Empty(_("Nothing is granted below it"), _("Codes are registered in pools.")),
    )


def _said(found: Any, actor: Actor) -> desk.Sheet:
    return desk.Sheet(
        title=_("What was said of it"),
        columns=[
            desk.Column(_("Sequence"), "number"),
            desk.Column(_("When")),
            desk.Column(_("By whom")),
            desk.Column(_("Reason")),
            desk.Column(_("State"), "state"),
        ],
        rows=[
            [
                desk.Cell(str(each.sequence)),
                desk.Cell(figures.moment(each.recorded_at)),
                desk.Cell(_people(each, actor)),
                desk.Cell(_reason(each) or "—"),
                _state(each),
            ]
            for each in allotments.said_of_prefix(found.prefix)[:SHOWN_MAX]
        ],
        empty=desk.Empty("", ""),
    )


def _people(row: Any, actor: Actor) -> str:
    """Return who said it: by address to those of the market, and of one's own organisation."""
    people = [each for each in (row.recorded_by_id, row.agreed_by_id) if each]
    known = identity_selectors.addresses(
        set(people),
        organization_id=None
        if actor.has_role(Role.OPERATOR, Role.AUDITOR)
        else actor.organization_id,
    )
    return ", ".join(known.get(each, f"#{each}") for each in people) or "—"


def _state(row: Any) -> desk.Cell:
    tag = grant_state(row)
    return desk.Cell(tag.label, tone=tag.tone)


RIGHTS: Final = {
    "allot": gettext_lazy("grant parts of it"),
    "answer": gettext_lazy("answer for its codes"),
    "register": gettext_lazy("register codes"),
}


class GrantStep:
    """A step of a grant: what it is called, when it can be taken, and what it means."""

    def __init__(self, before: set[GrantState], act: Any, told: Any, done: Any) -> None:
        self.before, self.act, self.told, self.done = before, act, told, done


STEPS: Final = {
    "suspend": GrantStep(
        {GrantState.ACTIVE},
        gettext_lazy("Suspend"),
        gettext_lazy(
            "From the moment on that you do it nothing below it is sold, registered or answered as"
            " active, on any node. What was ordered stays ordered. Whose it is reads the reason."
        ),
        gettext_lazy("%(prefix)s is suspended, with all that is below it."),
    ),
    "resume": GrantStep(
        {GrantState.SUSPENDED},
        gettext_lazy("Resume"),
        gettext_lazy("What stopped for it is sold again, unless something else stops it."),
        gettext_lazy("%(prefix)s holds again."),
    ),
    "renew": GrantStep(
        {GrantState.ACTIVE, GrantState.SUSPENDED},
        gettext_lazy("Renew"),
        gettext_lazy("It holds for another of its lives from today on."),
        gettext_lazy("%(prefix)s is renewed."),
    ),
    "end": GrantStep(
        {GrantState.ACTIVE, GrantState.SUSPENDED},
        gettext_lazy("End for good"),
        gettext_lazy(
            "Another operator has to approve it. It is final: the prefix is never granted again,"
            " and nothing below it is sold any more."
        ),
        gettext_lazy("The end of %(prefix)s waits until another operator approves it."),
    ),
}


class GrantReasonForm(OnceForm):
    """Why a grant is suspended, resumed or ended."""

    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=GRANT_REASON_MAX,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy("Whose it is reads it."),
    )


@page(Role.OPERATOR)
@require_http_methods(["GET", "POST"])
@once
def step(request: PortalRequest, grant_id: UUID, step: str) -> HttpResponse:
    """Ask before a grant is suspended, resumed or renewed, or its end is proposed."""
    found = allotments.grant_for(request.actor, grant_id)
    taken = STEPS.get(step)
    if taken is None:
        raise Http404
    form_type = OnceForm if step == "renew" else GrantReasonForm
    form = form_type(request.POST or None)
    act = _act(request, found.pk, step, form)
    if request.method == "POST" and form.is_valid() and desk.is_done(form, act):
        messages.success(request, str(taken.done) % {"prefix": found.prefix})
        return redirect("portal:grant", found.pk)
    back = reverse("portal:grant", args=[found.pk])
    head = desk.Head(
        f"{taken.act}: {found.name}",
        tags=[_state(found), desk.Cell(found.prefix, is_code=True)],
        crumbs=[*_crumbs(), (found.name, back)],
    )
    tone = "danger" if step == "end" else "primary"
    return desk.show(
        request, head, [desk.FormBlock(form, taken.act, back, told=taken.told, tone=tone)]
    )


def _act(request: PortalRequest, grant_id: UUID, step: str, form: Any) -> Callable[[], object]:
    now, actor = clock.now(), request.actor

    def renew() -> object:
        return identity_services.renew_grant(grant_id=grant_id, now=now, by_id=actor.person_id)

    def end() -> object:
        return grant_ends.propose_end(
            grant_id=grant_id,
            reason=form.cleaned_data["reason"],
            by=Person(actor.person_id, actor.organization_id),
            now=now,
        )

    def move() -> object:
        return identity_services.move_grant(
            grant_id=grant_id,
            state=GrantState.SUSPENDED if step == "suspend" else GrantState.ACTIVE,
            reason=form.cleaned_data["reason"],
            now=now,
            by_id=actor.person_id,
        )

    return {"renew": renew, "end": end}.get(step, move)


class PoolLimitsForm(OnceForm):
    """Where a pool is for, and for which classes."""

    regions = forms.RegexField(
        r"\A\s*(?:[0-9]{2,6}(?:[\s,]+|\Z)){0,20}\Z",
        label=gettext_lazy("Regions"),
        required=False,
        help_text=gettext_lazy(
            "Beginnings of GB/T 2260 codes, for example 31 52. Empty: everywhere."
        ),
    )
    classes = forms.MultipleChoiceField(
        label=gettext_lazy("Classes"),
        choices=ResourceClass.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("None: all."),
    )

    def limits(self) -> dict[str, Any]:
        """Return what the pool is for."""
        said = self.cleaned_data
        regions = said["regions"].replace(",", " ").split()
        told = {"regions": regions, "classes": said["classes"]}
        return {name: value for name, value in told.items() if value}


class PoolForm(PoolLimitsForm):
    """Whose pool it is, how many codes it holds, and what for."""

    organization = OrganizationField(
        label=gettext_lazy("Owner"), help_text=gettext_lazy("Unified social credit code.")
    )
    name = forms.CharField(label=gettext_lazy("Name of the pool"), max_length=120)
    resources_max = WholeField(
        label=gettext_lazy("Codes at most"), min_value=1, max_value=POOL_MAX, initial=10_000
    )
    field_order = ("organization", "name", "resources_max", "regions", "classes")


@page(Role.OPERATOR)
@require_http_methods(["GET", "POST"])
@once
def new_pool(request: PortalRequest) -> HttpResponse:
    """Allot an organisation its next pool, after its prefix was shown."""
    form = PoolForm(request.POST or None)

    def allot() -> Any:
        said = form.cleaned_data
        return identity_services.allot_pool(
            organization_id=said["organization"].pk,
            name=said["name"],
            resources_max=said["resources_max"],
            limits=form.limits(),
            now=clock.now(),
            by_id=request.actor.person_id,
        )

    outcome = desk.attempt(request, form, allot, FIELDS)
    if outcome and outcome.counts:
        messages.success(request, _("%(prefix)s is allotted.") % {"prefix": outcome.made.prefix})
        return redirect("portal:grants")
    back = reverse("portal:grants")
    head = desk.Head(
        _("Allot a pool"),
        _("The owner gets its code with the first pool. Codes are never given again."),
        crumbs=_crumbs(),
    )
    block = desk.FormBlock(
        form,
        _("Allot it") if outcome else _("Show the prefix"),
        back,
        symbol="check" if outcome else "search",
        seen=desk.seen_mark(request) if outcome else "",
    )
    side = []
    if outcome:
        prefix = desk.Cell(outcome.made.prefix, is_code=True)
        side = [desk.Facts(_("What is allotted"), [(_("Prefix"), prefix)])]
    return desk.show(request, head, [block], side)
