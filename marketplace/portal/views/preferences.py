"""What a reader chooses for the whole portal: language, theme, organisation."""

from typing import Final
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import check_for_language
from django.views.decorators.http import require_POST

from common.errors import NotFound
from identity import middleware as identity
from identity import services as identity_services
from marketplace.portal.access import PortalRequest, form_only, page
from marketplace.portal.shell import THEMES

YEAR_SECONDS: Final = 365 * 24 * 3600
THEME_COOKIE: Final = "theme"


def back(request: HttpRequest) -> HttpResponseRedirect:
    """Return to the page the form was on; never to another site."""
    return HttpResponseRedirect(came_from(request))


def came_from(request: HttpRequest) -> str:
    """Return the address of the page the form was on; the portal's own for any other site's."""
    target = str(request.POST.get("next", ""))
    allowed = url_has_allowed_host_and_scheme(
        target, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return target if allowed else "/"


def remember(response: HttpResponse, name: str, value: str) -> None:
    """Keep a choice in a cookie, which scripts may read; an empty one is taken back."""
    if not value:
        response.delete_cookie(name, samesite="Lax")
        return
    response.set_cookie(
        name, value, max_age=YEAR_SECONDS, samesite="Lax", secure=settings.SESSION_COOKIE_SECURE
    )


@require_POST
def choose_language(request: HttpRequest) -> HttpResponse:
    """Remember the language in a cookie, and for a signed-in person in the account."""
    language = request.POST.get("language", "")
    response = back(request)
    if check_for_language(language) and language in dict(settings.LANGUAGES):
        remember(response, settings.LANGUAGE_COOKIE_NAME, language)
        if request.user.is_authenticated:
            identity_services.update_person(
                user_id=int(request.user.pk), changes={"language": language}
            )
    return response


@require_POST
def choose_theme(request: HttpRequest) -> HttpResponse:
    """Remember the theme in a cookie, for the first paint, and in the person's account."""
    response = back(request)
    theme = request.POST.get("theme", "")
    if theme in THEMES:
        remember(response, THEME_COOKIE, theme)
        if request.user.is_authenticated:
            identity_services.update_person(user_id=int(request.user.pk), changes={"theme": theme})
    return response


@page()
def job_pill(request: PortalRequest) -> HttpResponse:
    """Return the sign of running jobs for a page that is open; nothing once they are over."""
    return render(request, "portal/parts/job_pill.html")


@page()
@form_only
def choose_organization(request: PortalRequest) -> HttpResponse:
    """Act for another of one's organisations."""
    try:
        wanted = UUID(request.POST.get("organization", ""))
    except ValueError:
        raise NotFound from None
    identity.switch_organization(request, wanted)
    return redirect("portal:home")
