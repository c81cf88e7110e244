"""The one page that people of a suspended organisation see."""

from http import HTTPStatus

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from identity import selectors as identity_selectors
from identity import suspensions
from identity.contracts import Actor


def suspended_page(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Say why an organisation is suspended, since when, and what its people may still do."""
    all_own = identity_selectors.organizations_of(actor)
    context = {
        "organization": identity_selectors.organization(actor.organization_id),
        "suspension": suspensions.in_force(actor.organization_id),
        "others": [each for each in all_own if each.suspended_at is None],
    }
    return render(request, "portal/suspended.html", context, status=HTTPStatus.FORBIDDEN)
