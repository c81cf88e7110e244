"""A home put together: to-dos of all the reader's roles, the figures of one of them, activity."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Protocol

from identity.contracts import Actor, Role
from identity.events import selectors as events_selectors
from identity.events import telling
from marketplace.portal import activity
from marketplace.portal.activity import EventLine
from marketplace.portal.homes import common
from marketplace.portal.homes.auditor import Auditor
from marketplace.portal.homes.buyer import Buyer
from marketplace.portal.homes.finance import Finance
from marketplace.portal.homes.issuer import Issuer
from marketplace.portal.homes.operator import Operator
from marketplace.portal.homes.parts import Face, Todo
from marketplace.portal.homes.provider import Provider

TODOS_SHOWN: Final = 8
EVENTS_SHOWN: Final = 8


class Home(Protocol):
    """What each role's module offers."""

    def __init__(self, actor: Actor, now: datetime) -> None: ...

    def todos(self) -> Iterator[Todo]:
        """Yield what waits for the reader in this role."""

    def face(self) -> Face:
        """Return figures and charts."""


# In the order in which they stand for somebody who has several.
HOMES: Final[Mapping[Role, type[Home]]] = {
    Role.BUYER: Buyer,
    Role.PROVIDER: Provider,
    Role.ISSUER: Issuer,
    Role.OPERATOR: Operator,
    Role.FINANCE: Finance,
    Role.AUDITOR: Auditor,
}


@dataclass(frozen=True, slots=True)
class HomePage:
    """Everything that a home shows."""

    todos: Sequence[Todo]
    waiting: int
    roles: Sequence[Role]
    role: Role | None
    face: Face | None
    events: Sequence[EventLine]

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
    todos = [*common.todos(actor, now)]
    for home in homes.values():
        todos += home.todos()
    todos.sort(key=lambda todo: todo.order)
    return HomePage(
        todos=todos[:TODOS_SHOWN],
        waiting=len(todos),
        roles=roles,
        role=role,
        face=homes[role].face() if role else None,
        events=_events(actor),
    )


def _events(actor: Actor) -> list[EventLine]:
    recorded = events_selectors.recorded(events_selectors.scope_of(actor))
    newest = recorded.order_by("-id")[:EVENTS_SHOWN]
    return activity.lines(telling.told(list(newest), reader=actor), reader=actor)
