"""Which scopes there are: those that some view asks for, no more."""

import functools
from collections.abc import Collection, Iterator
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver
from django.utils.translation import gettext_lazy as _

from common.errors import InvalidInput
from identity.contracts import Role


class UnknownScope(InvalidInput):
    """No operation asks for the scope."""

    code = "unknown_scope"
    sentence = _("There is no scope %(scope)s.")


@functools.cache
def known_scopes() -> frozenset[str]:
    """Return every scope that a view of the API declares."""
    return frozenset(
        scope
        for pattern in _patterns(get_resolver())
        for scope in getattr(getattr(pattern.callback, "cls", None), "required_scopes", {}).values()
    )


@functools.cache
def scopes_of_roles(roles: frozenset[Role]) -> frozenset[str]:
    """Return the scopes that are of use to holders of some roles: one operation is open to them."""
    return frozenset(
        scope
        for pattern in _patterns(get_resolver())
        if (view := getattr(pattern.callback, "cls", None)) is not None
        for method, scope in getattr(view, "required_scopes", {}).items()
        if roles & getattr(view, "required_roles", {}).get(method, frozenset())
    )


def _patterns(resolver: URLResolver) -> Iterator[URLPattern]:
    entry: Any
    for entry in resolver.url_patterns:
        if isinstance(entry, URLResolver):
            yield from _patterns(entry)
        else:
            yield entry


def require_known_scopes(scopes: Collection[str]) -> None:
    """
    Check the scopes of a key.

    :raises UnknownScope: if no operation asks for one of them
    """
    for scope in scopes:
        if scope not in known_scopes():
            raise UnknownScope(field="scopes", scope=scope)
