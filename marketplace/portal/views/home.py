"""The front door."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render


def home(request: HttpRequest) -> HttpResponse:
    """Lead a member to the home of their roles; say it to who is signed in and is no member."""
    if getattr(request, "actor", None) is None:
        if not request.user.is_authenticated:
            return redirect("account_login")
        return render(request, "portal/no_organization.html", status=403)
    return redirect("portal:own-home")
