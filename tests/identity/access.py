"""
The access table: one line of `routes.txt` for every address, and who may call it.

    METHOD  ROUTE  WHO

METHOD is an HTTP method of an API operation, or PAGE for a page of the portal. ROUTE is written as
in the URLconf. WHO is `everyone`, `person` (signed in, whether a member of anything or not),
`member` (of any organisation, in any role) or roles joined by `|`.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver

from identity.contracts import Role

TABLE = Path(__file__).parent / "routes.txt"
PARAMETER = re.compile(r"<(?:\w+:)?(\w+)>")
API_PREFIX = ("/api/v1/", "/api/gateway/v1/")


@dataclass(frozen=True, slots=True)
class Access:
    method: str
    route: str
    who: str

    def __str__(self) -> str:
        return f"{self.method} {self.route}"

    @property
    def roles(self) -> frozenset[Role]:
        if self.who in ("everyone", "person", "member"):
            return frozenset(Role)
        return frozenset(Role(name) for name in self.who.split("|"))

    @property
    def parameters(self) -> list[str]:
        return PARAMETER.findall(self.route)


def table() -> list[Access]:
    lines = TABLE.read_text(encoding="utf-8").splitlines()
    rows = [line.split() for line in lines if line.strip() and not line.startswith("#")]
    return [Access(*row) for row in rows]


@dataclass(frozen=True, slots=True)
class Route:
    route: str
    callback: Any

    @property
    def is_api(self) -> bool:
        return self.route.startswith(API_PREFIX)

    @property
    def methods(self) -> list[str]:
        """Return the API's methods; a page is one entry, whatever it answers to."""
        if not self.is_api:
            return ["PAGE"]
        known = ("get", "post", "put", "patch", "delete")
        return [name.upper() for name in known if hasattr(self.callback.cls, name)]


def routes() -> list[Route]:
    """Return every address of the URLconf."""
    return list(_walk(get_resolver(), "/"))


def _walk(resolver: URLResolver, prefix: str) -> Iterator[Route]:
    for entry in resolver.url_patterns:
        route = prefix + _plain(str(entry.pattern))
        if isinstance(entry, URLResolver):
            yield from _walk(entry, route)
        elif isinstance(entry, URLPattern):
            yield Route(route, entry.callback)


def _plain(pattern: str) -> str:
    """Return a regular expression's pattern as a path would write it."""
    return re.sub(r"\(\?P(<\w+>)[^)]*\)", r"\1", pattern).removeprefix("^").removesuffix("$")
