"""
Who is answered how when something went wrong outside a view.

API callers get a problem document, people get the portal's page. While PostgreSQL is away both are
told to come again, instead of being told of an internal error.
"""

import sys
from http import HTTPStatus
from typing import Any, Final

from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.template import loader
from django.utils.translation import gettext_lazy as _

from common import figures
from common.errors import Forbidden, InvalidInput, NotFound, Refusal
from common.outages import Outage, outage_of
from identity.http.problems import (
    OUTAGES,
    PROBLEM_TYPE,
    RETRY_AFTER_SECONDS,
    note_outage,
    problem_for,
    title_of,
)
from marketplace.portal.views import errors

API_PREFIX: Final = "/api/"
DETAILS: Final = {
    HTTPStatus.BAD_REQUEST: InvalidInput.sentence,
    HTTPStatus.FORBIDDEN: Forbidden.sentence,
    HTTPStatus.NOT_FOUND: NotFound.sentence,
    HTTPStatus.INTERNAL_SERVER_ERROR: _("The server failed. What was begun is undone."),
}


def bad_request(request: HttpRequest, exception: Any = None) -> HttpResponseBase:
    """Answer a request that cannot be read, or whose session could not be kept."""
    if (outage := outage_of(exception)) is not None:  # Django calls a lost session a bad request.
        return _unavailable(request, outage, exception)
    return problem(request, HTTPStatus.BAD_REQUEST) or errors.bad_request(request, exception)


def forbidden(request: HttpRequest, exception: Any = None) -> HttpResponseBase:
    """Answer a request that is not allowed."""
    return problem(request, HTTPStatus.FORBIDDEN) or errors.forbidden(request, exception)


def not_found(request: HttpRequest, exception: Any = None) -> HttpResponseBase:
    """Answer an address that leads nowhere."""
    return problem(request, HTTPStatus.NOT_FOUND) or errors.not_found(request, exception)


def server_error(request: HttpRequest) -> HttpResponseBase:
    """Answer when the program failed, or a part that it needs is away or full."""
    error = sys.exc_info()[1]  # Django calls this while it handles the exception.
    if error is not None and (outage := outage_of(error)) is not None:
        return _unavailable(request, outage, error)
    return problem(request, HTTPStatus.INTERNAL_SERVER_ERROR) or errors.server_error(request)


def refused(request: HttpRequest, refusal: Refusal) -> HttpResponseBase:
    """Answer a request that no view was asked about."""
    if not request.path.startswith(API_PREFIX):
        return errors.refused(request, refusal)
    content = problem_for(refusal)
    figures.count(figures.REFUSALS, code=refusal.code)
    return JsonResponse(content, status=refusal.status, content_type=PROBLEM_TYPE)


def _unavailable(request: HttpRequest, outage: Outage, error: BaseException) -> HttpResponseBase:
    note_outage(outage, error)
    status = HTTPStatus.SERVICE_UNAVAILABLE
    answer = problem(request, status, code=outage.value, detail=str(OUTAGES[outage]))
    # The page is made without a request: its frame would ask the database who is there.
    page = answer or HttpResponse(
        loader.render_to_string("503.html", {"status": status.value}), status=status
    )
    page["Retry-After"] = str(RETRY_AFTER_SECONDS[outage])
    return page


def problem(
    request: HttpRequest, status: HTTPStatus, code: str = "", detail: str = ""
) -> JsonResponse | None:
    """Return the problem document of a status, for callers of the API alone; None for pages."""
    if not request.path.startswith(API_PREFIX):
        return None
    detail = detail or str(DETAILS[status])
    code = code or status.phrase.lower().replace(" ", "_")
    figures.count(figures.REFUSALS, code=code)
    content = {
        "type": "about:blank",
        "title": title_of(status),
        "status": status.value,
        "code": code,
        "detail": detail,
        "errors": [{"field": None, "code": code, "detail": detail}],
    }
    return JsonResponse(content, status=status, content_type=PROBLEM_TYPE)
