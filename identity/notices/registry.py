"""Which events people are told of: `config.notices` says it, for all rooms."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from uuid import UUID

from identity.notices.contracts import Rule


@dataclass(frozen=True, slots=True)
class Pages:
    """Where people read notices, and choose when to have letters."""

    address_of: Callable[[UUID], str]
    choices: Callable[[], str]


_rules: dict[str, Rule] = {}
_pages: list[Pages] = []


def install(rules: Mapping[str, Rule], pages: Pages) -> None:
    """Take the rules by names of events, and where the pages are."""
    _rules.clear()
    _rules.update(rules)
    _pages[:] = [pages]


def rules() -> Mapping[str, Rule]:
    """Return every rule by the name of its event."""
    return _rules


def pages() -> Pages:
    """Return where the pages are."""
    return _pages[0]


def answered_by(name: str) -> Iterator[str]:
    """Return the names of the events that an event answers."""
    if rule := _rules.get(name):
        yield from rule.answers


def address(notice_id: UUID) -> str:
    """Return the path under which a notice is opened; nothing where there are no pages."""
    return _pages[0].address_of(notice_id) if _pages else ""


def choices_address() -> str:
    """Return the path under which a person chooses when to have letters."""
    return _pages[0].choices() if _pages else ""
