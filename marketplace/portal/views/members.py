"""Who acts for an organisation: its own people hand on trade, an operator proposes the rest."""

from collections.abc import Sequence
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

from common import clock, tenancy
from common.errors import NotFound
from identity import appointments
from identity import selectors as identity_selectors
from identity import services as identity_services
from identity.appointments import TRADERS
from identity.approvals.contracts import REASON_LENGTH_MAX, Person
from identity.contracts import PLATFORM_ROLES, Actor, Role
from identity.entry import services as entry_services
from marketplace.portal import desk, names
from marketplace.portal.access import PortalRequest, page
from marketplace.portal.forms import OnceForm
from marketplace.portal.lists.register import MEMBERS, MemberLine
from marketplace.portal.once import once
from marketplace.portal.tables import Queried

TWO: Final = 2  # As many as agree on what takes a second person.
KEEPERS: Final = (Role.PROVIDER, Role.BUYER, Role.OPERATOR)


class MemberForm(OnceForm):
    """Roles for a person, who is invited if new."""

    email = forms.EmailField(label=gettext_lazy("E-mail address"), max_length=254)
    roles = forms.MultipleChoiceField(
        label=gettext_lazy("Roles"), widget=forms.CheckboxSelectMultiple
    )
    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=REASON_LENGTH_MAX,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=gettext_lazy("For the operator who approves it."),
    )

    def __init__(self, *args: Any, actor: Actor, **options: Any) -> None:
        super().__init__(*args, **options)
        field: Any = self.fields["roles"]
        is_operator = actor.has_role(Role.OPERATOR)
        field.choices = [each for each in Role.choices if is_operator or Role(each[0]) in TRADERS]
        if not is_operator:
            del self.fields["reason"]


@page()
@require_http_methods(["GET", "POST"])
@once
def members(request: PortalRequest, organization_id: UUID) -> HttpResponse:
    """Show who acts for an organisation in which roles, and give somebody a role."""
    actor = request.actor
    found = identity_selectors.organization_for(actor, organization_id)
    if request.method == "POST":
        identity_selectors.require_kept_by(actor, found.pk)
    keeps = may_keep(actor, found.pk) and found.closed_at is None
    form = MemberForm(
        request.POST or None, actor=actor, initial={"email": desk.asked(request, "email")}
    )
    told: list[bool] = []
    if (
        keeps
        and request.method == "POST"
        and form.is_valid()
        and desk.is_done(form, lambda: told.extend(_give(actor, found.pk, form)))
    ):
        _tell(request, told)
        return redirect("portal:members", found.pk)
    head = desk.Head(
        _("Members"),
        _("Who acts for it, and in which roles. A role ends with the next request."),
        crumbs=[(names.named(found), reverse("portal:organization", args=[found.pk]))],
        links=_ways_in(found.pk, keeps=keeps),
    )
    side = [_giving(form, actor)] if keeps else []
    return desk.show(request, head, [_listed(request, found.pk, keeps)], side)


def _ways_in(organization_id: UUID, *, keeps: bool) -> list[desk.Link]:
    sso = desk.Link(_("Own sign-in"), reverse("portal:sso", args=[organization_id]), "login")
    invited = reverse("portal:invitations", args=[organization_id])
    return [*([desk.Link(_("Invitations"), invited, "inbox")] if keeps else []), sso]


def may_keep(actor: Actor, organization_id: UUID) -> bool:
    """Return whether an actor gives and takes roles of an organisation."""
    is_own = actor.organization_id == organization_id
    return actor.has_role(Role.OPERATOR) or (is_own and actor.has_role(*KEEPERS))


def _give(actor: Actor, organization_id: UUID, form: MemberForm) -> list[bool]:
    """Give the roles, all or none; return of each whether it waits for another operator."""
    waits = []
    for each in form.cleaned_data["roles"]:
        role, email = Role(each), form.cleaned_data["email"]
        appointments.require_may_grant(actor, role)
        takes_two = appointments.takes_two(actor, organization_id=organization_id, role=role)
        if takes_two:
            appointments.propose_role(
                organization_id=organization_id,
                email=email,
                role=role,
                reason=form.cleaned_data.get("reason", ""),
                by=Person(actor.person_id, actor.organization_id),
                now=clock.now(),
            )
        else:
            entry_services.invite(
                organization_id=organization_id, email=email, role=role, now=clock.now()
            )
        waits.append(takes_two)
    return waits


def _tell(request: PortalRequest, waits: list[bool]) -> None:
    if not all(waits):
        messages.success(request, _("The role is given; a letter tells the person."))
    if any(waits):
        messages.info(request, _("The role waits until another operator approves it."))


def _giving(form: MemberForm, actor: Actor) -> desk.FormBlock:
    told = _("A letter invites the person. This page answers the same, known or new.")
    if actor.has_role(Role.OPERATOR):
        told = _("Another operator approves it; then a letter tells the person.")
    return desk.FormBlock(
        form, _("Give the role"), title=_("Give a role"), told=told, symbol="plus"
    )


def _listed(request: PortalRequest, organization_id: UUID, keeps: bool) -> desk.Listed:
    actor = request.actor

    def lines(found: Sequence[Any]) -> list[MemberLine]:
        return [
            MemberLine(each, actor.spans_tenants, _may_end(actor, each, keeps)) for each in found
        ]

    found = identity_selectors.members_for(actor, organization_id)
    empty = desk.Empty(
        _("No members yet"), _("Nobody acts for it before somebody has a role."), "user"
    )
    return desk.Listed(MEMBERS.read(request, Queried(found), dress=lines), empty)


def _may_end(actor: Actor, found: Any, keeps: bool) -> bool:
    return keeps and (Role(found.role) in TRADERS or actor.has_role(Role.OPERATOR))


@page(*KEEPERS)
@require_http_methods(["GET", "POST"])
@once
def remove_member(
    request: PortalRequest, organization_id: UUID, membership_id: int
) -> HttpResponse:
    """Ask before a role is taken away."""
    actor = request.actor
    identity_selectors.require_kept_by(actor, organization_id)
    found = identity_selectors.members_for(actor, organization_id).filter(pk=membership_id).first()
    if found is None:
        raise NotFound
    role = Role(found.role)
    appointments.require_may_grant(actor, role)
    form = OnceForm(request.POST or None)
    back = reverse("portal:members", args=[organization_id])

    def remove() -> None:
        identity_services.take_role(
            organization_id=organization_id, user_id=found.user_id, role=role
        )

    if request.method == "POST" and form.is_valid() and desk.is_done(form, remove):
        said = {"email": found.user.email, "role": role.label}
        messages.success(request, _("%(email)s is no longer %(role)s.") % said)
        is_gone = found.user_id == actor.person_id and organization_id == actor.organization_id
        return redirect("/" if is_gone else back)
    head = desk.Head(
        _("Take a role away"), f"{found.user.email} · {role.label}", crumbs=[(_("Members"), back)]
    )
    told = _(
        "From the next request on it is gone, in the API keys that this person made as well. What"
        " was done in it stays as it is."
    )
    notes = [_own_role()] if found.user_id == actor.person_id else []
    notes += _left_with(role, found.user_id)
    block = desk.FormBlock(form, _("Yes, take it away"), back, told=told, tone="danger")
    return desk.show(request, head, [*notes, block])


def _left_with(role: Role, user_id: int) -> list[desk.Note]:
    """Warn where a duty is left with fewer than the two who must agree."""
    if role not in PLATFORM_ROLES:
        return []
    with tenancy.acting_as_platform():
        others = identity_services.holders(role).exclude(user_id=user_id)
        left = others.values("user_id").distinct().count()
    if left >= TWO:
        return []
    told = _(
        "After it %(left)s of this duty is left. What two of them agree on waits until another"
        " person has the duty, and two operators give it."
    )
    return [desk.Note(told % {"left": left}, "warning")]


def _own_role() -> desk.Note:
    return desk.Note(
        _("This is a role of your own: you cannot give it back to yourself afterwards."), "warning"
    )
