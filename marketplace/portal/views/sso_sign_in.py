"""Signing in by an organisation's own identity provider. Under the address of signing in."""

import hmac
from typing import Any, Final
from uuid import UUID

from allauth.account.internal.flows.login import record_authentication
from allauth.account.utils import perform_login
from django import forms
from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from common import addresses, clock, seals, tenancy
from common.errors import Refusal
from identity.adapters import MfaAdapter
from identity.entry import answers, asking
from identity.entry import selectors as entry_selectors
from identity.entry import services as entry_services
from identity.entry.contracts import Unconfirmed

SESSION: Final = "sso"
BEGUN_SECONDS: Final = 600
CODE_LENGTH_MAX: Final = 2_000
BACKEND: Final = "allauth.account.auth_backends.AuthenticationBackend"


class WhoForm(forms.Form):
    """Whose provider is asked."""

    email = forms.EmailField(label=gettext_lazy("E-mail address"), max_length=254)


@require_http_methods(["GET", "HEAD", "POST"])
def choose(request: HttpRequest) -> HttpResponse:
    """Find the provider of an address; one link leads on, so that no form leaves the market."""
    form = WhoForm(request.POST or None)
    found = None
    if request.method == "POST" and form.is_valid():
        found = entry_selectors.connection_of(form.cleaned_data["email"])
        if found is None:
            form.add_error("email", _("No organisation signs in by itself under this domain."))
    context = {"form": form, "connection": found, "next": _next(request)}
    status = 422 if form.errors else 200
    return render(request, "portal/sso_choose.html", context, status=status)


@require_safe
@transaction.non_atomic_requests
def go(request: HttpRequest, sso_id: UUID) -> HttpResponseBase:
    """Begin a sign-in, and lead to the provider."""
    try:
        with transaction.atomic():
            seals.open_sign_in()
            found = entry_selectors.connection_by_id(sso_id)
        begun, provider = asking.begin(), asking.discover(found.issuer)
    except Refusal as refusal:
        return _failed(request, refusal)
    request.session[SESSION] = {
        "connection": str(found.pk),
        "state": begun.state,
        "nonce": begun.nonce,
        "verifier": begun.verifier,
        "at": clock.read().timestamp(),
        "next": _next(request),
    }
    address = asking.authorize_address(
        provider, client_id=found.client_id, redirect=_redirect_address(), begun=begun
    )
    return redirect(address)


@require_safe
@transaction.non_atomic_requests
def back(request: HttpRequest) -> HttpResponseBase:
    """Take the provider's answer: it is good once, for the sign-in that this browser began."""
    begun = request.session.pop(SESSION, None)
    try:
        connection, proved = _proved(request, begun)
        return _signed_in(request, connection, proved, str(begun["next"]))
    except Refusal as refusal:
        return _failed(request, refusal)


def _proved(request: HttpRequest, begun: Any) -> tuple[Any, answers.ProvedPerson]:
    now = clock.read()
    _require_begun(request, begun, now.timestamp())
    code = request.GET.get("code", "")
    if not code or len(code) > CODE_LENGTH_MAX:
        raise answers.unconfirmed(Unconfirmed.REFUSED)
    with transaction.atomic():
        seals.open_sign_in()
        found = entry_selectors.connection_by_id(UUID(begun["connection"]))
    provider = asking.discover(found.issuer)
    token = asking.id_token(
        provider,
        client_id=found.client_id,
        secret=MfaAdapter().decrypt(found.secret) if found.secret else "",
        code=code,
        redirect=_redirect_address(),
        verifier=str(begun["verifier"]),
    )
    proved = answers.read_id_token(
        token,
        keys=asking.key_set(provider),
        issuer=found.issuer,
        client_id=found.client_id,
        nonce=str(begun["nonce"]),
        roles_claim=found.roles_claim,
        now=now,
    )
    return found, proved


def _require_begun(request: HttpRequest, begun: Any, moment: float) -> None:
    state = request.GET.get("state", "").encode()
    is_ours = isinstance(begun, dict) and hmac.compare_digest(state, begun["state"].encode())
    if not is_ours or moment - float(begun["at"]) > BEGUN_SECONDS:
        raise answers.unconfirmed(Unconfirmed.STATE)


def _signed_in(
    request: HttpRequest, connection: Any, proved: answers.ProvedPerson, leads_to: str
) -> HttpResponseBase:
    """Sign the person in; a second factor that they have is asked for as after a password."""
    with transaction.atomic():
        user: Any = entry_services.admit(connection=connection, proved=proved, now=clock.now())
    if not entry_services.has_roles(connection=connection, user=user):
        return _failed(request, answers.unconfirmed(Unconfirmed.NO_ROLE))
    with transaction.atomic():
        seals.open_sign_in()
        tenancy.enter(tenancy.PLATFORM)
        user.backend = BACKEND
        record_authentication(request, user, method="sso", organization=str(connection.pk))
        response: HttpResponseBase = perform_login(
            request, user, email_verification="none", redirect_url=leads_to
        )
    return response


def _failed(request: HttpRequest, refusal: Refusal) -> HttpResponse:
    messages.error(request, str(refusal))
    context = {"form": WhoForm(), "connection": None, "next": "/"}
    return render(request, "portal/sso_choose.html", context, status=422)


def _redirect_address() -> str:
    return addresses.public(reverse("portal:sso-back"))


def _next(request: HttpRequest) -> str:
    wanted = request.GET.get("next", "/")
    return wanted if url_has_allowed_host_and_scheme(wanted, allowed_hosts=None) else "/"
