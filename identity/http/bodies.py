"""Strict JSON in, plain JSON out. Apart from `problems`: DRF loads these while it starts."""

import json
from decimal import Decimal
from typing import Any, Final

from rest_framework import exceptions
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.parsers import JSONParser
from rest_framework.renderers import JSONRenderer

# What no form of the API comes near; one that does is built to tire the server.
MEMBERS_MAX: Final = 20_000
DEPTH_MAX: Final = 32
NUMBER_LENGTH_MAX: Final = 110
EXPONENT_MAX: Final = 40
_SEPARATORS: Final = (b",", b":", b"[", b"{")


class StrictJSONParser(JSONParser):
    """JSON as RFC 8259 writes it, in UTF-8: keys once, numbers exact, all of it within bounds."""

    members_max = MEMBERS_MAX

    def parse(
        self,
        stream: Any,
        media_type: str | None = None,  # noqa: ARG002 - DRF's signature
        parser_context: Any = None,  # noqa: ARG002 - DRF's signature
    ) -> Any:
        """
        Return the parsed body; every number with a fraction is a Decimal.

        :raises ParseError: if it is no such JSON, or out of bounds
        """
        body: bytes = stream.read()
        try:
            _check_size(body, self.members_max)
            parsed = json.loads(
                body.decode().removeprefix("\ufeff"),
                parse_float=_exact,
                parse_int=_whole,
                parse_constant=_refuse_constant,
                object_pairs_hook=_refuse_duplicates,
            )
            _check_content(parsed)
        except (ValueError, RecursionError) as error:
            raise exceptions.ParseError(str(error)) from error
        return parsed


def _check_size(body: bytes, members_max: int) -> None:
    """
    Count what separates members; commas inside of texts count, too.

    :raises ValueError: if there are more than any form needs
    """
    if sum(body.count(each) for each in _SEPARATORS) > members_max:
        message = f"the body has more than {members_max} members"
        raise ValueError(message)


def _check_content(parsed: Any) -> None:
    """
    Look at every text and every level, without recursion.

    :raises ValueError: if a text is none that can be written down, or the body is too deep
    """
    level, depth = [parsed], 0
    while level:
        depth += 1
        if depth > DEPTH_MAX:
            message = f"the body is deeper than {DEPTH_MAX} levels"
            raise ValueError(message)
        inner: list[Any] = []
        for each in level:
            if isinstance(each, str):
                _check_text(each)
            elif isinstance(each, list):
                inner += each
            elif isinstance(each, dict):
                inner += [*each.keys(), *each.values()]
        level = inner


def _check_text(text: str) -> None:
    is_plain = text.isascii() or not any("\ud800" <= each <= "\udfff" for each in text)
    if "\0" in text or not is_plain:
        message = "a text holds NUL, or half of a surrogate pair"
        raise ValueError(message)


def _exact(text: str) -> Decimal:
    number = Decimal(_bounded(text))
    if abs(number.adjusted()) > EXPONENT_MAX:
        message = "a number is out of bounds"
        raise ValueError(message)
    return number


def _whole(text: str) -> int:
    return int(_bounded(text))


def _bounded(text: str) -> str:
    if len(text) > NUMBER_LENGTH_MAX:
        message = f"a number has more than {NUMBER_LENGTH_MAX} characters"
        raise ValueError(message)
    return text


def _refuse_constant(name: str) -> None:
    message = f"{name} is not JSON"
    raise ValueError(message)


def _refuse_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) != len(pairs):
        message = "an object names a key twice"
        raise ValueError(message)
    return result


class Negotiation(DefaultContentNegotiation):
    """
    What a client accepts, as RFC 9110 has it: a wish.

    A caller that asks for CSV, or for problems alone, is answered in what there is rather than not.
    """

    def select_renderer(
        self, request: Any, renderers: Any, format_suffix: str | None = None
    ) -> tuple[Any, str]:
        """Return the renderer that is asked for, or else the first."""
        try:
            found: tuple[Any, str] = super().select_renderer(request, renderers, format_suffix)
        except exceptions.NotAcceptable:
            return renderers[0], renderers[0].media_type
        return found


class ApiRenderer(JSONRenderer):
    """JSON; Decimals are strings, so that no client turns money into a float."""

    def render(
        self, data: Any, accepted_media_type: str | None = None, renderer_context: Any = None
    ) -> Any:
        """Write the answer in UTF-8; what UTF-8 cannot write is escaped rather than a failure."""
        try:
            return super().render(data, accepted_media_type, renderer_context)
        except UnicodeEncodeError:
            return json.dumps(data, cls=self.encoder_class).encode()

    def get_indent(
        self,
        accepted_media_type: str,  # noqa: ARG002 - DRF's signature
        renderer_context: Any,  # noqa: ARG002 - DRF's signature
    ) -> int | None:
        """Never indent by the client's wish: a page of 200 rows stays small."""
        return None
