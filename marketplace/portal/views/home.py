"""The front door."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect


def home(request: HttpRequest) -> HttpResponse:
    """Lead a signed-in member to the market and everyone else to the sign-in page."""
    return redirect("market" if request.user.is_authenticated else "account_login")
