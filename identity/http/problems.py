"""Errors as problem documents (RFC 9457), for every operation of the API."""

from typing import Any

from django.core.exceptions import RequestDataTooBig, SuspiciousOperation
from django.http import Http404, UnreadablePostError
from django.http.multipartparser import MultiPartParserError
from django.utils.translation import gettext_lazy as _
from drf_standardized_errors.formatter import ExceptionFormatter
from drf_standardized_errors.handler import exception_handler
from drf_standardized_errors.types import ErrorResponse
from rest_framework import exceptions
from rest_framework.response import Response
from rest_framework.views import set_rollback

from common import figures
from common.errors import InvalidInput, Refusal
from common.outages import Outage, outage_of
from common.redaction import described
from common.troubles import Trouble

PROBLEM_TYPE = "application/problem+json"
RETRY_AFTER_SECONDS = {Outage.DATABASE: 2, Outage.STORAGE_FULL: 30, Outage.STORAGE: 30}
OUTAGES = {
    Outage.DATABASE: _("The database is away for a moment; nothing was changed. Try again."),
    Outage.STORAGE_FULL: _("There is no room left to keep this; nothing was changed. Try later."),
    Outage.STORAGE: _("Files cannot be written at the moment; nothing was changed. Try later."),
}
TITLES = {
    400: _("Bad request"),
    401: _("Not signed in"),
    403: _("Not allowed"),
    404: _("Not found"),
    405: _("Method not allowed"),
    406: _("Not acceptable"),
    409: _("Conflict"),
    413: _("Too large"),
    414: _("Address too long"),
    415: _("Unsupported media type"),
    422: _("Cannot be processed"),
    429: _("Too many requests"),
    500: _("Internal error"),
    503: _("Not available"),
}
UNNAMED = _("Error")


def title_of(status: int) -> str:
    """Return what a status means, in the caller's language."""
    return str(TITLES.get(status, UNNAMED))


class ProblemFormatter(ExceptionFormatter):
    """Write errors as problem documents with a stable code, and one entry for each bad field."""

    def format_error_response(self, error_response: ErrorResponse) -> dict[str, Any]:
        """Return the members of the problem document."""
        status = self.get_status_code()
        first = error_response.errors[0]
        return {
            "type": "about:blank",
            "title": title_of(status),
            "status": status,
            "code": str(first.code) if len(error_response.errors) == 1 else "invalid",
            "detail": str(first.detail),
            "errors": [
                {"field": error.attr, "code": str(error.code), "detail": str(error.detail)}
                for error in error_response.errors
            ],
        }

    def get_status_code(self) -> int:
        """Return the HTTP status of the exception."""
        return int(self.exc.status_code)


class TooLarge(exceptions.APIException):
    """The body is longer than the market reads."""

    status_code = 413
    default_code = "too_large"
    default_detail = _("The request is too large.")


def problem_for(refusal: Refusal) -> dict[str, Any]:
    """Return the problem document of a refusal."""
    status = refusal.status
    sentence = str(refusal)
    facts = {name: _plain(value) for name, value in refusal.facts.items()}
    return facts | {
        "type": "about:blank",
        "title": title_of(status),
        "status": status,
        "code": refusal.code,
        "detail": sentence,
        "errors": [{"field": refusal.field, "code": refusal.code, "detail": sentence}],
    }


def _plain(value: Any) -> Any:
    return value if isinstance(value, str | int | bool | list | dict | None) else str(value)


class Unavailable(exceptions.APIException):
    """A part that the market needs is away, or full."""

    status_code = 503

    def __init__(self, outage: Outage) -> None:
        super().__init__(OUTAGES[outage], code=outage.value)
        self.wait = RETRY_AFTER_SECONDS[outage]  # DRF writes it as Retry-After.


_away = {outage: Trouble(f"platform.outage.{outage.value}") for outage in Outage}


def note_outage(outage: Outage, error: BaseException) -> None:
    """Log that a part is away, once a minute."""
    _away[outage].goes_on(described(error))


def _worded(exc: Exception) -> Exception:
    """Return the exception that says to an API caller what another one means."""
    if isinstance(exc, Http404):
        return exceptions.NotFound()
    if (outage := outage_of(exc)) is not None:
        note_outage(outage, exc)
        return Unavailable(outage)
    if isinstance(exc, RequestDataTooBig):
        return TooLarge()
    if isinstance(exc, SuspiciousOperation | MultiPartParserError | UnreadablePostError):
        return exceptions.ParseError(InvalidInput.sentence)
    return exc


def problem_handler(exc: Exception, context: Any) -> Response | None:
    """Answer an exception with a problem document; as a rule what was written is rolled back."""
    if isinstance(exc, Refusal):
        if not exc.keeps_writes:
            set_rollback()
        response: Response | None = Response(problem_for(exc), status=exc.status)
        if response is not None and "retry_after" in exc.facts:
            response["Retry-After"] = str(exc.facts["retry_after"])
    else:
        response = exception_handler(_worded(exc), context)
    if response is not None:
        figures.count(figures.REFUSALS, code=str(response.data["code"]))
        response.content_type = PROBLEM_TYPE
        if response.status_code == 401 and "WWW-Authenticate" not in response:
            response["WWW-Authenticate"] = "Bearer"
    return response
