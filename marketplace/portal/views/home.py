"""The front door."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from identity.contracts import Actor


def home(request: HttpRequest) -> HttpResponse:
    """Lead a member to the home of their roles and everyone else to the sign-in page."""
    actor: Actor | None = getattr(request, "actor", None)
    if actor is None:
        return redirect("portal:developers" if request.user.is_authenticated else "account_login")
    return redirect("portal:own-home")
