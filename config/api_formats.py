"""Strict JSON in, plain JSON out. Kept apart from config.api: DRF loads these while it starts."""

import json
from decimal import Decimal
from typing import Any

from rest_framework import exceptions
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.parsers import JSONParser
from rest_framework.renderers import JSONRenderer


class StrictJSONParser(JSONParser):
    """JSON as RFC 8259 writes it: no NaN, no infinities, numbers kept exact, keys once."""

    def parse(
        self,
        stream: Any,
        media_type: str | None = None,  # noqa: ARG002 - DRF's signature
        parser_context: Any = None,
    ) -> Any:
        """Return the parsed body; every number with a fraction is a Decimal."""
        encoding = (parser_context or {}).get("encoding", "utf-8")
        try:
            return json.loads(
                stream.read().decode(encoding).removeprefix("\ufeff"),
                parse_float=Decimal,
                parse_constant=_refuse_constant,
                object_pairs_hook=_refuse_duplicates,
            )
        except (ValueError, RecursionError) as error:
            raise exceptions.ParseError(str(error)) from error


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

    def get_indent(
        self,
        accepted_media_type: str,  # noqa: ARG002 - DRF's signature
        renderer_context: Any,  # noqa: ARG002 - DRF's signature
    ) -> int | None:
        """Never indent by the client's wish: a page of 200 rows stays small."""
        return None
