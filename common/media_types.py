"""Media types by RFC 9110: parameters, case and structured suffixes are read, not compared."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from django.utils.http import parse_header_parameters

# What JSON may be written in: it is UTF-8, and ASCII is a part of it.
_UTF8: Final = frozenset({"", "utf-8", "utf8", "us-ascii", "ascii"})
LENGTH_MAX: Final = 255


@dataclass(frozen=True, slots=True)
class MediaType:
    """A type and its parameters, names in small letters."""

    essence: str
    parameters: Mapping[str, str]

    @property
    def is_json(self) -> bool:
        """Return whether the content is JSON: by its name, or by the suffix `+json`."""
        kind, _, subtype = self.essence.partition("/")
        return bool(kind) and (subtype == "json" or subtype.endswith("+json"))

    @property
    def is_utf8(self) -> bool:
        """Return whether the charset, if one is named, is that of JSON."""
        return self.parameters.get("charset", "").strip().lower() in _UTF8


def parse(text: str) -> MediaType:
    """Return what a header says; nothing known is a type without a name."""
    if len(text) > LENGTH_MAX:
        return MediaType("", {})
    try:
        essence, parameters = parse_header_parameters(text)
    except ValueError:  # a parameter in a broken encoding
        return MediaType("", {})
    return MediaType(essence.strip().lower(), parameters)
