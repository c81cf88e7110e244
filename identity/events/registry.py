"""
The names of what is recorded: `room.object.verb`, the verb in the past.

Each room enters its own in its module `event_names`, as choices with a label in both languages.
Names are API: stable, never reused for something else.
"""

import re
from typing import Final, TypeVar

from django.db.models import TextChoices
from django.utils.functional import Promise

NAME_LENGTH_MAX: Final = 64
_SHAPE: Final = re.compile(r"[a-z][a-z_]*(\.[a-z][a-z_]*){2}")
_labels: dict[str, str | Promise] = {}

ChoicesT = TypeVar("ChoicesT", bound=type[TextChoices])


def register(names: ChoicesT) -> ChoicesT:
    """Enter the names of a room; a decorator of its choices."""
    for each in names:
        name = str(each.value)
        if not _SHAPE.fullmatch(name) or len(name) > NAME_LENGTH_MAX or name in _labels:
            message = f"{name} is no name of an event, or one of another"
            raise ValueError(message)
        _labels[name] = each.label
    return names


def labels() -> dict[str, str | Promise]:
    """Return every name with what people call it, in order of names."""
    return dict(sorted(_labels.items()))


def label(name: str) -> str | Promise:
    """Return what people call an event of this name."""
    return _labels.get(name, name)


def is_known(name: str) -> bool:
    """Return whether a room has entered this name."""
    return name in _labels
