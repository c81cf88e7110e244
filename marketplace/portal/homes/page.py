"""A home put together: to-dos of all the reader's roles, the figures of one of them, activity."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final, Protocol

from identity.contracts import Actor, Role
from identity.events import selectors as events_selectors
from identity.events import telling
from marketplace.portal import activity, figures, onboarding_words
from marketplace.portal.activity import EventLine
from marketplace.portal.homes import shares
from marketplace.portal.homes.auditor import Auditor
from marketplace.portal.homes.buyer import Buyer
from marketplace.portal.homes.finance import Finance
from marketplace.portal.homes.issuer import Issuer
from marketplace.portal.homes.operator import Operator
from marketplace.portal.homes.parts import HomeFace, Todo
from marketplace.portal.homes.provider import Provider

TODOS_SHOWN: Final = 8
EVENTS_SHOWN: Final = 8
EVENTS_READ: Final = 40


class RoleHome(Protocol):
    """What each role's module offers."""

    def __init__(self, actor: Actor, now: datetime) -> None: ...

    def todos(self) -> Iterator[Todo]:
        """Yield what waits for the reader in this role."""

    def face(self) -> HomeFace:
        """Return figures and charts."""


# In the order in which they stand for somebody who has several.
HOMES: Final[Mapping[Role, type[RoleHome]]] = {
    Role.BUYER: Buyer,
    Role.PROVIDER: Provider,
    Role.ISSUER: Issuer,
    Role.OPERATOR: Operator,
    Role.FINANCE: Finance,
    Role.AUDITOR: Auditor,
}


@dataclass(frozen=True, slots=True)
class Happened:
    """A line of what happened, as the list of activity takes it."""

    at: datetime
    day: str
    time: str
    text: str
    note: str
    address: str


@dataclass(frozen=True, slots=True)
class HomePage:
    """Everything that a home shows."""

    todos: Sequence[Todo]
    waiting: int
    roles: Sequence[Role]
    role: Role | None
    face: HomeFace | None
    events: Sequence[Happened]

    @property
    def more(self) -> int:
        """Return how many to-dos are not shown."""
        return self.waiting - len(self.todos)


def home_of(actor: Actor, now: datetime, *, wanted: str = "") -> HomePage:
    """Return a member's home: what waits in any role, and the face of the wanted or first one."""
    roles = [role for role in HOMES if actor.has_role(role)]
    homes = {role: HOMES[role](actor, now) for role in roles}
    role = next((each for each in roles if each.value == wanted.upper()), None)
    role = role or next(iter(roles), None)
    todos = [*shares.todos(actor, now)]
    for home in homes.values():
        todos += home.todos()
    todos.sort(key=lambda todo: todo.order)
    return HomePage(
        todos=todos[:TODOS_SHOWN],
        waiting=len(todos),
        roles=roles,
        role=role,
        face=_face(homes[role], actor, now) if role else None,
        events=_events(actor),
    )


def _face(home: RoleHome, actor: Actor, now: datetime) -> HomeFace:
    """Return a role's face; before its organisation trades, the checklist is what comes first."""
    face = home.face()
    steps = onboarding_words.checklist_steps(actor, now)
    return replace(face, steps=steps) if steps else face


def _events(actor: Actor) -> list[Happened]:
    recorded = events_selectors.recorded(events_selectors.scope_of(actor))
    newest = telling.told(list(recorded.order_by("-id")[:EVENTS_READ]), reader=actor)
    # What happens to one thing again and again is one line.
    first = {(each.name, each.object_kind, each.object_label): each for each in newest[::-1]}
    shown = sorted(first.values(), key=lambda each: each.id, reverse=True)[:EVENTS_SHOWN]
    return [_row(line) for line in activity.lines(shown, reader=actor)]


def _row(line: EventLine) -> Happened:
    told = line.told
    text = " ".join(filter(None, [str(told.label), told.object_label]))
    note = line.organization or str(line.who)
    at = told.happened_at
    return Happened(at, *figures.day_and_time(at), text, note, line.address)
