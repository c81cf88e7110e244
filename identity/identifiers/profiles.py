"""Profiles as the repository ships them; a migration loads each into its immutable row."""

import functools
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

DATA: Final = Path(__file__).parent / "data"
CURRENT_VERSION: Final = "1"


def definition(version: str) -> dict[str, Any]:
    """Return the definition of a profile version as shipped."""
    text = (DATA / f"profile-{version}.json").read_text(encoding="utf-8")
    found: dict[str, Any] = json.loads(text)
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
