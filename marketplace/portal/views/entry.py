"""Invitations, the own sign-in of an organisation, and second factors that are lost."""

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from common import addresses, clock
from identity import selectors as identity_selectors
from identity.approvals.contracts import Person
from identity.contracts import Role
from identity.entry import selectors as entry_selectors
from identity.entry import services as entry_services
from identity.entry.contracts import REASON_MAX
from marketplace.portal import desk, figures, names
from marketplace.portal.access import PortalRequest, page
from marketplace.portal.forms import OnceForm
from marketplace.portal.lists.doors import INVITATIONS
from marketplace.portal.once import once
from marketplace.portal.tables import Queried
from marketplace.portal.views.members import KEEPERS

LINKS_SHOWN = 20


class RecoveryForm(OnceForm):
    """Whose second factor is lost, and how they proved who they are."""

    email = forms.EmailField(label=gettext_lazy("E-mail address"), max_length=254)
    reason = forms.CharField(
        label=gettext_lazy("How the person proved who they are"),
        max_length=REASON_MAX,
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class SsoForm(OnceForm):
    """The provider of an organisation, and which roles its claim gives."""

    issuer = forms.CharField(
        label=gettext_lazy("Issuer of the sign-in"),
        max_length=300,
        help_text=gettext_lazy("The provider's address, as its own description names it."),
    )
    client_id = forms.CharField(label=gettext_lazy("Client identifier"), max_length=200)
    domains = forms.CharField(
        label=gettext_lazy("Domains of e-mail addresses"),
        max_length=2_000,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=gettext_lazy("One a line. Check first that they are the organisation's."),
    )
    roles_claim = forms.CharField(
        label=gettext_lazy("Claim that names groups"), max_length=100, initial="groups"
    )
    roles = forms.CharField(
        label=gettext_lazy("Roles by value of the claim"),
        max_length=2_000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy("One a line: value = BUYER or value = PROVIDER."),
    )
    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=REASON_MAX,
        widget=forms.Textarea(attrs={"rows": 2}),
    )

    def clean_roles(self) -> dict[str, str]:
        """Return the mapping that was typed."""
        found = {}
        for line in self.cleaned_data["roles"].splitlines():
            value, equals, role = (part.strip() for part in line.rpartition("="))
            if line.strip() and not (value and equals and role):
                raise forms.ValidationError(_("Write one mapping a line: value = BUYER."))
            if value:
                found[value] = role.upper()
        return found


class SecretForm(OnceForm):
    """The secret that the provider gave this market."""

    secret = forms.CharField(
        label=gettext_lazy("Client secret"),
        max_length=500,
        required=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
        help_text=gettext_lazy("Kept encrypted and never shown. Empty: PKCE alone."),
    )


@page(*KEEPERS)
@require_http_methods(["GET", "POST"])
def invitations(request: PortalRequest, organization_id: UUID) -> HttpResponseBase:
    """Show the invitations of an organisation; each may be sent again or withdrawn."""
    identity_selectors.require_kept_by(request.actor, organization_id)
    found = identity_selectors.organization(organization_id)
    rows = entry_selectors.invitations_for(request.actor, found.pk)
    people = reverse("portal:members", args=[found.pk])
    head = desk.Head(
        _("Invitations"),
        _("Who does not sign in within two weeks loses the role again."),
        crumbs=[(names.named(found), _entry(found)), (_("Members"), people)],
    )
    empty = desk.Empty(
        _("Nobody was invited yet"), _("Give somebody a role: a letter tells them."), "inbox"
    )
    table = INVITATIONS.read(request, Queried(rows))
    return desk.show(request, head, [desk.Listed(table, empty)])


@page()
@require_http_methods(["GET", "POST"])
@once
def own_sign_in(request: PortalRequest, organization_id: UUID) -> HttpResponse:
    """Show how an organisation's people sign in by its own provider; keep its secret."""
    found = identity_selectors.organization_for(request.actor, organization_id)
    keeps = request.actor.has_role(*KEEPERS)
    connections = list(entry_selectors.connections_for(request.actor, found.pk)[:LINKS_SHOWN])
    present = next((each for each in connections if each.ended_at is None), None)
    form = SecretForm(request.POST or None)

    def keep() -> None:
        identity_selectors.require_kept_by(request.actor, found.pk)
        entry_services.set_secret(
            organization_id=found.pk,
            connection_id=present.pk if present else found.pk,
            secret=form.cleaned_data["secret"],
        )

    if request.method == "POST" and keeps and form.is_valid() and desk.is_done(form, keep):
        messages.success(request, _("The secret is kept."))
        return redirect(request.path)
    head = desk.Head(
        _("Own sign-in"),
        _("People sign in with the organisation's identity provider (OpenID Connect)."),
        crumbs=[(names.named(found), _entry(found))],
        links=_links(request, found, present if keeps else None),
    )
    shown: list[Any] = [_facts(present)] if present else [desk.Note(_nothing())]
    shown.append(_people(found.pk))
    side = [desk.FormBlock(form, _("Keep the secret"), title=_("Client secret"))]
    return desk.show(request, head, shown, side if present and keeps else [])


def _links(request: PortalRequest, found: Any, present: Any) -> list[desk.Link]:
    links = []
    if request.actor.has_role(Role.OPERATOR) and found.pk != request.actor.organization_id:
        new = reverse("portal:sso-new", args=[found.pk])
        links.append(desk.Link(_("Connect a provider"), new, "plus", "primary"))
    if present is not None:
        end = reverse("portal:sso-end", args=[found.pk, present.pk])
        links.append(desk.Link(_("End it"), end, "x", "danger"))
    return links


def _nothing() -> str:
    return _("No provider is connected: people sign in with a password or a passkey.")


def _facts(found: Any) -> desk.Facts:
    back = addresses.public(reverse("portal:sso-back"))
    pairs = "; ".join(f"{value} = {Role(role).label}" for value, role in found.roles.items())
    return desk.Facts(
        _("Connection"),
        [
            (
                _("Issuer of the sign-in"),
                desk.Cell(found.issuer, is_code=True, copied=found.issuer),
            ),
            (_("Client identifier"), desk.Cell(found.client_id, is_code=True)),
            (_("Address to return to"), desk.Cell(back, is_code=True, copied=back)),
            (_("Domains of e-mail addresses"), desk.Cell(", ".join(found.domains))),
            (_("Claim that names groups"), desk.Cell(found.roles_claim, is_code=True)),
            (_("Roles by value of the claim"), desk.Cell(pairs)),
            (_("Client secret"), desk.Cell(_("kept") if found.secret else _("none"))),
            (_("Connected since"), desk.Cell(figures.moment(found.connected_at))),
        ],
    )


def _people(organization_id: UUID) -> desk.Sheet:
    return desk.Sheet(
        title=_("Who signed in by it"),
        columns=[desk.Column(_("Person")), desk.Column(_("Roles")), desk.Column(_("Last time"))],
        rows=[
            [
                desk.Cell(each.user.called),
                desk.Cell(", ".join(str(Role(role).label) for role in each.roles) or "—"),
                desk.Cell(figures.moment(each.last_used_at)),
            ]
            for each in entry_selectors.links_of(organization_id)[:LINKS_SHOWN]
        ],
        empty=desk.Empty(_("Nobody yet"), _("Whoever signs in by the provider stands here.")),
    )


@page(Role.OPERATOR)
@require_http_methods(["GET", "POST"])
@once
def connect_sign_in(request: PortalRequest, organization_id: UUID) -> HttpResponse:
    """Propose to connect an organisation's provider."""
    found = identity_selectors.organization_for(request.actor, organization_id)
    form = SsoForm(request.POST or None)
    back = reverse("portal:sso", args=[found.pk])

    def propose() -> None:
        said = form.values()
        entry_services.propose_connection(
            organization_id=found.pk,
            issuer=said["issuer"],
            client_id=said["client_id"],
            domains=said["domains"].split(),
            roles_claim=said["roles_claim"],
            roles=said["roles"],
            reason=said["reason"],
            by=_person(request),
            now=clock.now(),
        )

    if request.method == "POST" and form.is_valid() and desk.is_done(form, propose):
        messages.info(request, _("The connection waits until another operator approves it."))
        return redirect(back)
    crumbs = [(names.named(found), _entry(found)), (_("Own sign-in"), back)]
    told = _("Whoever the provider vouches for, within these domains, signs in without a password.")
    head = desk.Head(_("Connect a provider"), told, crumbs=crumbs)
    return desk.show(request, head, [desk.FormBlock(form, _("Propose the connection"), back)])


@page(*KEEPERS)
@require_http_methods(["GET", "POST"])
@once
def end_sign_in(request: PortalRequest, organization_id: UUID, connection_id: UUID) -> HttpResponse:
    """Ask before a connection ends."""
    identity_selectors.require_kept_by(request.actor, organization_id)
    found = identity_selectors.organization(organization_id)
    form = OnceForm(request.POST or None)
    back = reverse("portal:sso", args=[found.pk])

    def end() -> None:
        entry_services.end_connection(
            organization_id=found.pk,
            connection_id=connection_id,
            by=_person(request),
            now=clock.now(),
        )

    if request.method == "POST" and form.is_valid() and desk.is_done(form, end):
        messages.success(request, _("Nobody signs in by the provider any more."))
        return redirect(back)
    head = desk.Head(
        _("End the own sign-in"), names.named(found), crumbs=[(_("Own sign-in"), back)]
    )
    told = _("People set a password by the letter of a forgotten one. Roles stay as they are.")
    block = desk.FormBlock(form, _("End it"), back, told=told, tone="danger")
    return desk.show(request, head, [block])


@page(Role.OPERATOR)
@require_http_methods(["GET", "POST"])
@once
def recover(request: PortalRequest) -> HttpResponse:
    """Propose to take away a second factor that is lost."""
    form = RecoveryForm(request.POST or None)
    back = reverse("portal:organizations")

    def propose() -> None:
        entry_services.propose_recovery(
            email=form.cleaned_data["email"],
            reason=form.cleaned_data["reason"],
            by=_person(request),
            now=clock.now(),
        )

    if request.method == "POST" and form.is_valid() and desk.is_done(form, propose):
        messages.info(request, _("The recovery waits until another operator approves it."))
        return redirect(back)
    steps = desk.Steps(
        _("What happens once another operator approves"),
        [
            _("App, passkeys and recovery codes of the person are taken away."),
            _("Every session of the person ends, and a letter tells them."),
            _("Roles that need a second factor wait until a new one is set up."),
        ],
    )
    head = desk.Head(
        _("A lost second factor"),
        _("Recovery codes come first: this is for whoever has none left."),
        crumbs=[(_("Organisations"), back)],
    )
    block = desk.FormBlock(form, _("Propose the recovery"), back, tone="danger")
    return desk.show(request, head, [block], [steps])


def _entry(found: Any) -> str:
    return reverse("portal:organization", args=[found.pk])


def _person(request: PortalRequest) -> Person:
    return Person(request.actor.person_id, request.actor.organization_id)
