"""Figures for Prometheus."""

from http import HTTPStatus
from typing import Final

from django.conf import settings
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from config.watch import access, exposition

REFUSED: Final = "Figures are for those whom SUANPAN_METRICS_TOKEN or _ADDRESSES admits.\n"


@never_cache
@require_safe
@transaction.non_atomic_requests
def metrics(request: HttpRequest) -> HttpResponse:
    """Tell what is counted and what is due, to those who may know."""
    if not access.may_watch(request):
        return _refused()
    content, content_type = exposition.everything(request.headers.get("Accept", ""))
    return HttpResponse(content, content_type=content_type)


def _refused() -> HttpResponse:
    takes_token = bool(settings.SUANPAN_METRICS_TOKEN)
    status = HTTPStatus.UNAUTHORIZED if takes_token else HTTPStatus.FORBIDDEN
    response = HttpResponse(REFUSED, status=status, content_type="text/plain; charset=utf-8")
    if takes_token:
        response["WWW-Authenticate"] = "Bearer"
    return response
