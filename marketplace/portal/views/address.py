"""Changing the address that a person signs in with. Under the address of signing in."""

from typing import Any

from allauth.account.decorators import reauthentication_required
from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from common import clock
from identity.entry import services as entry_services
from marketplace.portal import desk
from marketplace.portal.access import PortalRequest


class AddressForm(forms.Form):
    """The address that a person wants to sign in with."""

    email = forms.EmailField(label=gettext_lazy("New e-mail address"), max_length=254)


@login_required
@reauthentication_required  # type: ignore[untyped-decorator] # allauth has no stubs
@require_http_methods(["GET", "HEAD", "POST"])
def change_address(request: PortalRequest) -> HttpResponse:
    """Ask for another address: its link proves it, and the present one is told."""
    form, user = AddressForm(request.POST or None), request.user

    def ask() -> None:
        entry_services.ask_address_change(
            user_id=int(user.pk or 0), email=form.cleaned_data["email"], now=clock.now()
        )

    if request.method == "POST" and form.is_valid() and desk.is_done(form, ask):
        messages.info(request, _("A letter with a link went to that address; use it within a day."))
        return redirect("portal:profile")
    back = reverse("portal:profile")
    told = _("Now it is %(email)s. Both addresses are told.") % {"email": str(user)}
    head = desk.Head(_("Change the e-mail address"), told, crumbs=[(_("Profile"), back)])
    return desk.show(request, head, [desk.FormBlock(form, _("Send the link"), back)])


@require_http_methods(["GET", "HEAD", "POST"])
def confirm_address(request: HttpRequest, token: str) -> HttpResponse:
    """Confirm an address by a click: a program that follows links in letters confirms nothing."""
    form: Any = forms.Form(request.POST if request.method == "POST" else None)

    def confirm() -> None:
        entry_services.confirm_address_change(token=token, now=clock.now())

    is_sent = request.method == "POST"
    form.full_clean()
    if is_sent and desk.is_done(form, confirm):
        messages.success(request, _("The address is changed. Sign in with it."))
        return redirect("account_login")
    status = 422 if is_sent else 200
    return render(request, "portal/address_confirm.html", {"form": form}, status=status)
