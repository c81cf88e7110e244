"""
What this work is known by: the request, the task or the command that it is part of.

Logs tell it on every line, and whatever is recorded carries it, so that both are found together.
It is kept where structlog keeps it: in the context of the thread.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from uuid import UUID, uuid4

from structlog import contextvars


@dataclass(frozen=True, slots=True)
class Trace:
    """The work that is being done; what it is no part of is empty."""

    request_id: str = ""  # Of a task: the request whose ring it heard.
    task_id: str = ""
    task: str = ""
    command_id: str = ""
    command: str = ""

    @property
    def id(self) -> str:
        """Return the one identifier under which logs tell of all of it."""
        return self.request_id or self.task_id or self.command_id

    @property
    def program(self) -> str:
        """Return the task or the command; nothing for a request."""
        return self.task or self.command


def current() -> Trace:
    """Return what the present work is part of."""
    known = contextvars.get_contextvars()
    return Trace(**{name: str(known.get(name, "")) for name in Trace.__dataclass_fields__})


def acts_for(organization_id: UUID | None) -> None:
    """Let the lines of this work name the organisation that it is done for."""
    if organization_id is None:
        contextvars.unbind_contextvars("organization_id")
    else:
        contextvars.bind_contextvars(organization_id=str(organization_id))


@contextmanager
def acting_for(organization_id: UUID | str | None) -> Iterator[None]:
    """Run a block whose lines name an organisation; for none they name who was named before."""
    if not organization_id:
        yield
        return
    with contextvars.bound_contextvars(organization_id=str(organization_id)):
        yield


@contextmanager
def task(name: str) -> Iterator[None]:
    """Run a block as a task, also where no worker does."""
    with contextvars.bound_contextvars(task=name):
        yield


@contextmanager
def command(name: str) -> Iterator[None]:
    """Run a block as a command; one that another process began as keeps its identifier."""
    if current().command == name:
        yield
        return
    with contextvars.bound_contextvars(command=name, command_id=str(uuid4())):
        yield
