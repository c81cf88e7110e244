"""
Who acts just now: a person, a key or an agent, and on whose behalf.

The edges say it (a request's middleware, a task, a command); the record of events reads it. No
service is told, so none can tell it wrongly. Of which task or command it is part says
`common.trace`.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar, Token
from dataclasses import dataclass, replace
from typing import Final
from uuid import UUID

from common import trace

REQUEST_ID_LENGTH_MAX: Final = 64
_REQUEST_ID: Final = re.compile(rf"[!-~]{{1,{REQUEST_ID_LENGTH_MAX}}}")


@dataclass(frozen=True, slots=True)
class Doer:
    """Who acts. Persons are named by number alone: what is personal stays where it can change."""

    person_id: int | None = None
    api_key_id: UUID | None = None
    agent_id: UUID | None = None
    organization_id: UUID | None = None  # on whose behalf


NOBODY: Final = Doer()
_doer: ContextVar[Doer] = ContextVar("doer", default=NOBODY)


def current() -> Doer:
    """Return who acts in this thread or request."""
    return _doer.get()


def enter(doer: Doer) -> Token[Doer]:
    """Let somebody act from now on; `leave` ends it."""
    return _doer.set(doer)


def leave(token: Token[Doer]) -> None:
    """Let whoever acted before act again."""
    _doer.reset(token)


@contextmanager
def by(doer: Doer) -> Iterator[None]:
    """Run a block in which somebody acts."""
    token = enter(doer)
    try:
        yield
    finally:
        leave(token)


@contextmanager
def through_agent(agent_id: UUID | None) -> Iterator[None]:
    """Run a block that whoever acts does through a metering agent; None: it signed nothing."""
    with by(replace(current(), agent_id=agent_id) if agent_id else current()):
        yield


def request_id() -> str:
    """Return what the log calls the request, task or command; only if the name is plain."""
    name = trace.current().id
    return name if _REQUEST_ID.fullmatch(name) else ""
