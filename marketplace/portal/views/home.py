"""The front door."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from identity.contracts import Actor
from marketplace.portal import shell


def home(request: HttpRequest) -> HttpResponse:
    """Lead a member to the first page of the side bar and everyone else to the sign-in page."""
    actor: Actor | None = getattr(request, "actor", None)
    if actor is None:
        return redirect("portal:developers" if request.user.is_authenticated else "account_login")
    _label, lines = next(shell.lines(actor, request.path))
    return redirect(lines[0].address)
