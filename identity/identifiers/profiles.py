"""Profiles as the repository ships them; a migration loads each into its immutable row."""

import functools
import json
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final

from django.utils.translation import gettext_lazy as _

from common.errors import InvalidInput
from identity.identifiers import codec
from identity.identifiers.refusals import InvalidIdentifier, UnknownProfile

DATA: Final = Path(__file__).parent / "data"
CURRENT_VERSION: Final = "1"
SHIPPED: Final = ("1", "2")


class ProfileRefused(InvalidInput):
    """A layout contradicts itself, or codes of one profile would be taken for those of another."""

    code = "profile_refused"
    sentence = _(
        "The profile does not read its own vectors, or it and another both recognise %(vector)s."
    )


@functools.cache
def definition(version: str) -> dict[str, Any]:
    """Return the definition of a profile version as shipped."""
    text = (DATA / f"profile-{version}.json").read_text(encoding="utf-8")
    found: dict[str, Any] = json.loads(text)
    return found


def layout(told: Mapping[str, Any]) -> codec.Profile:
    """Return the layout that a definition describes, with the components that it borrows."""
    borrowed = told.get("components_of")
    return codec.Profile.from_definition(
        told, components=definition(borrowed)["components"] if borrowed else None
    )


def among(layouts: Iterable[codec.Profile], text: str) -> codec.Profile:
    """
    Return the layout that a code claims to follow.

    :raises UnknownProfile: if it is none of them
    """
    for each in layouts:
        if each.recognises(text):
            return each
    raise UnknownProfile


def require_publishable(told: Mapping[str, Any], others: Iterable[codec.Profile]) -> codec.Profile:
    """
    Check that a profile reads its own vectors, and that nobody can take it for another.

    :raises ProfileRefused: with the code that shows it
    """
    try:
        found = layout(told)
        for code in found.vectors:
            if not found.recognises(code):
                raise ProfileRefused(vector=code)
            codec.parse_identifier(code, profile=found)
    except (KeyError, TypeError, ValueError, IndexError, re.error) as error:
        raise ProfileRefused(vector="") from error
    except InvalidIdentifier as refusal:
        raise ProfileRefused(vector=code) from refusal
    for other in others:
        taken = [code for code in other.vectors if found.recognises(code)]
        taken += [code for code in found.vectors if other.recognises(code)]
        if taken or not found.vectors:
            raise ProfileRefused(vector="".join(taken[:1]))
    return found


def component_names(name: str) -> tuple[str, ...]:
    """Return every name of a component, its first one first; an unknown one has just its own."""
    return _names().get(name, (name,))


def every_name(names: Iterable[str]) -> list[str]:
    """Return components under all the names they go by."""
    return sorted({each for name in names for each in component_names(name)})


@functools.cache
def _names() -> dict[str, tuple[str, ...]]:
    components: dict[str, list[str]] = definition(CURRENT_VERSION)["components"]
    return {name: tuple(names) for names in components.values() for name in names}
