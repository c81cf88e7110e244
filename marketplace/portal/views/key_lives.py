"""A key gets a new secret, ends, or all end at once."""

from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from common import clock
from common.errors import NotFound, Refusal
from identity import selectors as identity_selectors
from identity import services as identity_services
from identity.contracts import KeyKind
from marketplace.portal import desk
from marketplace.portal.access import PortalRequest, page
from marketplace.portal.forms import OnceForm, show_refusal
from marketplace.portal.once import once, remember, sent_before

OVERLAPS: Final = (
    (0, gettext_lazy("it ends at once")),
    (3600, gettext_lazy("good for one hour more")),
    (86_400, gettext_lazy("good for one day more")),
    (7 * 86_400, gettext_lazy("good for seven days more")),
)


class NewSecretForm(OnceForm):
    """For how long the former secret of a key is good beside the new one."""

    overlap = forms.TypedChoiceField(
        label=gettext_lazy("The former secret"), coerce=int, choices=OVERLAPS, initial=86_400
    )


class EndingForm(OnceForm):
    """That something ends; nothing is typed."""


@page()
@never_cache
@require_http_methods(["GET", "POST"])
def rotate_key(request: PortalRequest, key_id: UUID) -> HttpResponse:
    """Give a key a new secret, which is shown once, on this answer."""
    key = identity_selectors.api_keys(request.actor.organization_id).filter(pk=key_id).first()
    if key is None:
        raise NotFound
    form, issued = NewSecretForm(request.POST or None), None
    if request.method == "POST" and form.is_valid():
        if sent_before(request) is not None:
            messages.info(request, _("This key was made already; its secret is not shown again."))
            return redirect("portal:developers")
        now = clock.now()
        try:
            issued = identity_services.rotate_api_key(
                organization_id=request.actor.organization_id,
                key_id=key_id,
                person_id=request.actor.person_id,
                former_ends_at=now + timedelta(seconds=form.cleaned_data["overlap"]),
                now=now,
            )
        except Refusal as refusal:
            show_refusal(form, refusal)
        else:
            remember(request, reverse("portal:developers"))
    context = {"form": form, "issued": issued, "named": key}
    status = 422 if form.errors else 200
    return render(request, "portal/key_rotate.html", context, status=status)


def _end_one(request: PortalRequest, key: Any, back: str, called: str) -> HttpResponse:
    """Ask before one key ends."""
    if key is None:
        raise NotFound
    head = desk.Head(_("Revoke"), f"{key.name} · {key.prefix}…", crumbs=[(called, reverse(back))])
    told = _("Whatever program uses it is refused at once. It does not come back.")
    form = EndingForm()
    block = desk.FormBlock(form, _("Revoke"), reverse(back), told=told, tone="danger", symbol="x")
    return desk.show(request, head, [block])


@page()
@require_http_methods(["GET", "POST"])
def revoke_key(request: PortalRequest, key_id: UUID) -> HttpResponse:
    """End an API key at once, after it was asked."""
    if request.method == "GET":
        found = identity_selectors.api_keys(request.actor.organization_id).filter(pk=key_id)
        return _end_one(request, found.first(), "portal:developers", _("API keys"))
    key = identity_services.revoke_api_key(
        organization_id=request.actor.organization_id, key_id=key_id, now=clock.now()
    )
    messages.success(request, _("The key %(name)s is revoked.") % {"name": key.name})
    return redirect("portal:developers")


@page()
@require_http_methods(["GET", "POST"])
def revoke_token(request: PortalRequest, token_id: UUID) -> HttpResponse:
    """End one of the reader's own tokens at once, after it was asked."""
    if request.method == "GET":
        mine = identity_selectors.personal_tokens(
            person_id=request.actor.person_id, organization_id=request.actor.organization_id
        )
        found = mine.filter(pk=token_id).first()
        return _end_one(request, found, "portal:tokens", _("My access tokens"))
    token = identity_services.revoke_api_key(
        organization_id=request.actor.organization_id,
        key_id=token_id,
        owner_id=request.actor.person_id,
        now=clock.now(),
    )
    messages.success(request, _("The key %(name)s is revoked.") % {"name": token.name})
    return redirect("portal:tokens")


@page()
@require_http_methods(["GET", "POST"])
@once
def revoke_all_keys(request: PortalRequest) -> HttpResponse:
    """Ask before every key of the organisation ends."""
    return _end_all(request, KeyKind.ORGANIZATION, "portal:developers", _("API keys"))


@page()
@require_http_methods(["GET", "POST"])
@once
def revoke_all_tokens(request: PortalRequest) -> HttpResponse:
    """Ask before every own token of the reader ends."""
    return _end_all(request, KeyKind.PERSONAL, "portal:tokens", _("My access tokens"))


def _end_all(request: PortalRequest, kind: KeyKind, back: str, called: str) -> HttpResponse:
    form, address = EndingForm(request.POST or None), reverse(back)

    def end() -> int:
        return identity_services.revoke_all_keys(
            organization_id=request.actor.organization_id,
            person_id=request.actor.person_id if kind == KeyKind.PERSONAL else None,
            kind=kind,
            now=clock.now(),
        )

    if request.method == "POST" and form.is_valid() and desk.is_done(form, end):
        messages.success(request, _("All of them are revoked."))
        return redirect(address)
    told = _("Whatever program uses one of them is refused at once. None of them comes back.")
    head = desk.Head(_("Revoke all"), called, crumbs=[(called, address)])
    block = desk.FormBlock(
        form, _("Yes, revoke all"), address, told=told, tone="danger", symbol="x"
    )
    return desk.show(request, head, [block])
