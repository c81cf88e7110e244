"""
What no request of the market may be like, refused before anything reads it, once for all views.

Text is UTF-8, bodies are not compressed, addresses hold no control characters. Django would read a
form in any codec of Python's, a cookie may spell out NUL, and PostgreSQL's text knows no NUL.
"""

import codecs
import re
from collections.abc import Callable, Iterable, Mapping
from http import HTTPStatus
from typing import Any, Final

from django.core.handlers.wsgi import WSGIHandler, WSGIRequest
from django.http import HttpRequest, HttpResponseBase
from django.utils import translation
from django.utils.http import parse_header_parameters
from django.utils.translation import gettext_lazy as _

from common.errors import InvalidInput, Refusal
from config import failures

QUERY_LENGTH_MAX: Final = 8_192
_CODECS: Final = frozenset({"utf-8", "ascii"})
_LENGTH: Final = re.compile(r"[0-9]{1,18}", re.ASCII)
_KEPT: Final = frozenset("\t\n\r")
_MULTIPART: Final = "multipart/form-data"
_FORMS: Final = frozenset({"application/x-www-form-urlencoded", _MULTIPART})
# Doors of machines that send nothing unpacked; they unpack within a bound of their own.
_PACKED: Final = frozenset({"/api/v1/metering/remote-write", "/api/v1/metering/otlp/v1/metrics"})
_PAGE_METHODS: Final = ("GET", "HEAD", "POST", "OPTIONS")


class UnsupportedCharset(Refusal):
    """A body is written in something else than UTF-8."""

    code = "unsupported_charset"
    status = HTTPStatus.UNSUPPORTED_MEDIA_TYPE
    sentence = _("Only UTF-8 is read here.")


class UnsupportedEncoding(Refusal):
    """A body is compressed."""

    code = "unsupported_encoding"
    status = HTTPStatus.UNSUPPORTED_MEDIA_TYPE
    sentence = _("Compressed bodies are not read here; send it as it is.")


class QueryTooLong(Refusal):
    """The query of an address is longer than any that the market makes."""

    code = "query_too_long"
    status = HTTPStatus.REQUEST_URI_TOO_LONG
    sentence = _("The query of this address is too long.")


class ControlCharacter(InvalidInput):
    """A query holds characters that nobody can see."""

    code = "control_character"
    sentence = _("Control characters are not allowed.")


class UnsupportedForm(Refusal):
    """A form with parts was sent to the API, which reads none."""

    code = "unsupported_media_type"
    status = HTTPStatus.UNSUPPORTED_MEDIA_TYPE
    sentence = _("Forms are not read here; send JSON.")


class MethodUnknown(Refusal):
    """A page was asked for something else than to show itself or to take a form."""

    code = "method_not_allowed"
    status = HTTPStatus.METHOD_NOT_ALLOWED
    sentence = _("This page has no such operation.")


class UnreadableForm(InvalidInput):
    """The parts of a form do not say how they are written."""

    code = "unreadable_form"
    sentence = _("This form cannot be read.")


class InvalidContentLength(InvalidInput):
    """A request says in no number how long its body is."""

    code = "invalid_content_length"
    sentence = _("Content-Length must be a number.")


class EdgeRequest(WSGIRequest):
    """
    A request whose Content-Type may say anything.

    Django reads the address in the codec that is named there, while it makes the request: where no
    middleware can answer yet.
    """

    is_content_type_sound = True

    def _set_content_type_params(self, meta: Mapping[str, Any]) -> None:
        try:
            named = parse_header_parameters(meta.get("CONTENT_TYPE", ""))
            self.content_type, self.content_params = named
        except (LookupError, ValueError):
            self.is_content_type_sound = False
            self.content_type, self.content_params = "", {}


class Handler(WSGIHandler):
    """Django's handler, with requests of this market."""

    request_class = EdgeRequest


class EdgeMiddleware:
    """Refuse what cannot be read, and leave out cookies that no browser was given."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Pass on what can be read."""
        if _has_control(request.path):
            # No middleware has chosen the reader's language yet: the thread has its last reader's.
            with translation.override(translation.get_language_from_request(request)):
                return failures.not_found(request)
        request.COOKIES = {
            name: value for name, value in request.COOKIES.items() if not _has_control(value)
        }
        try:
            _check_method(request)
            _check_head(request)
            _check_query(request)
            _check_form(request)
        except Refusal as refusal:
            with translation.override(translation.get_language_from_request(request)):
                answer = failures.refused(request, refusal)
            if isinstance(refusal, UnsupportedEncoding):
                answer["Accept-Encoding"] = "identity"
            if isinstance(refusal, MethodUnknown):
                answer["Allow"] = ", ".join(_PAGE_METHODS)
            return answer
        return self.get_response(request)


def _check_method(request: HttpRequest) -> None:
    """
    Let pages be asked for what browsers ask for; resources of the API say themselves what they do.

    :raises MethodUnknown: if it is something else
    """
    is_page = not request.path.startswith(failures.API_PREFIX)
    if is_page and request.method not in _PAGE_METHODS:
        raise MethodUnknown


def _check_head(request: HttpRequest) -> None:
    """
    Read how the body is written, and how long it is said to be.

    :raises Refusal: if it is not plain UTF-8, or its length is no number
    """
    named = request.content_params.get("charset") if request.content_params else None
    if not getattr(request, "is_content_type_sound", True) or not _is_read(named):
        raise UnsupportedCharset(field="Content-Type")
    # Django waits for the body with it, wherever one is read first.
    if not _LENGTH.fullmatch(request.META.get("CONTENT_LENGTH") or "0"):
        raise InvalidContentLength(field="Content-Length")
    encoding = request.headers.get("Content-Encoding", "").strip().lower()
    if encoding not in ("", "identity") and request.path not in _PACKED:
        raise UnsupportedEncoding(field="Content-Encoding")


def _is_read(charset: str | None) -> bool:
    if charset is None:
        return True
    try:
        return codecs.lookup(charset).name in _CODECS
    except (LookupError, ValueError):
        return False


def _check_query(request: HttpRequest) -> None:
    """
    Look through the query of an address; pages do without what they cannot read in it.

    :raises Refusal: if it is too long, or a program sent control characters in it
    """
    if len(request.META.get("QUERY_STRING", "")) > QUERY_LENGTH_MAX:
        raise QueryTooLong
    sound = request.GET.copy()
    for name, values in request.GET.lists():
        if _has_control(name) or any(map(_has_control, values)):
            if request.path.startswith(failures.API_PREFIX):
                raise ControlCharacter(field="".join(filter(str.isprintable, name))[:80])
            del sound[name]
    request.GET = sound  # type: ignore[assignment] # mutable, and let be


def _check_form(request: HttpRequest) -> None:
    """
    Read a page's form, whose parts may name codecs of their own.

    The API reads no parts: whoever read them, nobody could read the body again that a repeated
    request is known by.

    :raises UnreadableForm: if one of them is none
    :raises UnsupportedForm: if it is the API
    """
    if request.content_type == _MULTIPART and request.path.startswith(failures.API_PREFIX):
        raise UnsupportedForm(field="Content-Type")
    if request.method != "POST" or request.content_type not in _FORMS:
        return
    try:
        len(request.POST)
    except (LookupError, UnicodeError) as error:
        raise UnreadableForm from error


def _has_control(text: Iterable[str]) -> bool:
    """Return whether a text holds control characters, apart from those of written lines."""
    return any((ord(each) < 32 or 127 <= ord(each) < 160) and each not in _KEPT for each in text)
