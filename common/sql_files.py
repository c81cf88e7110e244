"""
Migration operations whose SQL lies in files: one file a function and version.

A function is `<room>/sql/functions/<name>/v<version>.sql`; once it was released it is never edited,
the next text is the next version. Other SQL of a room lies under `<room>/sql/` by subject. Files
are read when an operation runs, not when its migration is loaded.

These operations are frozen as migrations are: what one does with its arguments never changes.
"""

from collections.abc import Iterable
from pathlib import Path
from typing import Final

from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations import RunSQL
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState

ROOT: Final = Path(__file__).resolve().parent.parent
LOCK_TIMEOUT: Final = "5s"


class _FromFiles(Operation):
    """SQL that is read when it runs; the state of the models is not touched."""

    reduces_to_sql = True
    reversible = True
    atomic = False

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        """Change no model."""

    def database_forwards(
        self,
        app_label: str,  # noqa: ARG002 - Django's signature
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,  # noqa: ARG002
        to_state: ProjectState,  # noqa: ARG002
    ) -> None:
        schema_editor.execute(self.forwards(), params=None)

    def database_backwards(
        self,
        app_label: str,  # noqa: ARG002 - Django's signature
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,  # noqa: ARG002
        to_state: ProjectState,  # noqa: ARG002
    ) -> None:
        if sql := self.backwards():
            schema_editor.execute(sql, params=None)

    def forwards(self) -> str:
        """Return what is run on the way to a newer schema."""
        raise NotImplementedError

    def backwards(self) -> str:
        """Return what is run on the way back; may be empty."""
        raise NotImplementedError


class SetLockTimeout(_FromFiles):
    """Bound how long each statement of the migration waits for a lock."""

    def __init__(self, timeout: str = LOCK_TIMEOUT) -> None:
        self.timeout = timeout

    def forwards(self) -> str:
        """Return the statement, which holds until the migration's transaction ends."""
        return f"SET LOCAL lock_timeout = '{self.timeout}'"

    backwards = forwards

    def describe(self) -> str:
        """Say what the operation does."""
        return f"Wait for a lock at most {self.timeout}"


class Function(_FromFiles):
    """Put a version of a function in place; on the way back, the version before it."""

    def __init__(self, room: str, name: str, *, version: int = 1, arguments: str = "") -> None:
        self.room, self.name, self.version = room, name, version
        self.signature = f"{name}({arguments})" if arguments else name

    def forwards(self) -> str:
        """Return the text of the version; it takes the place of an earlier one."""
        text = self._text(self.version)
        return text if self.version == 1 else _replacing(text)

    def backwards(self) -> str:
        """Return the text of the earlier version, or the end of the first."""
        if self.version == 1:
            return f"DROP FUNCTION {self.signature};"
        return _replacing(self._text(self.version - 1))

    def describe(self) -> str:
        """Say what the operation does."""
        return f"Function {self.name}, version {self.version}"

    def _text(self, version: int) -> str:
        return read(self.room, f"functions/{self.name}/v{version}.sql")


class Script(_FromFiles):
    """Run a file of a room; on the way back another, or nothing where tables go anyway."""

    def __init__(self, room: str, file: str, *, reverse: str = "") -> None:
        self.room, self.file, self.reverse = room, file, reverse

    def forwards(self) -> str:
        """Return the file's text."""
        return read(self.room, self.file)

    def backwards(self) -> str:
        """Return the text of the file that takes it back."""
        return read(self.room, self.reverse) if self.reverse else ""

    def describe(self) -> str:
        """Say what the operation does."""
        return f"SQL of {self.room}: {self.file}"


def function(room: str, name: str, *, version: int = 1, arguments: str = "") -> Function:
    """
    Return the operation that defines `<room>/sql/functions/<name>/v<version>.sql`.

    `arguments` are the types by which PostgreSQL tells functions of one name apart, if there are
    several.
    """
    return Function(room, name, version=version, arguments=arguments)


def new_version(room: str, name: str, *, version: int) -> Function:
    """Return the operation that puts a version in the place of the one before, and back."""
    return Function(room, name, version=version)


def functions(room: str, *names: str) -> list[Function]:
    """Return the operations that define functions of a room in their first versions."""
    return [Function(room, name) for name in names]


def script(room: str, file: str, *, reverse: str = "") -> Script:
    """Return the operation that runs `<room>/sql/<file>`."""
    return Script(room, file, reverse=reverse)


def recorded_now(table: str) -> RunSQL:
    """
    Return the operation after which `recorded_in` names the transaction that writes, and no other.

    It is a trigger and no check: a restored dump brings the numbers of its own transactions.
    """
    return RunSQL(
        sql=f"CREATE TRIGGER {table}_recorded_now BEFORE INSERT ON {table} FOR EACH ROW"
        " WHEN (NEW.recorded_in <> pg_current_xact_id()::text::bigint)"
        " EXECUTE FUNCTION suanpan_refuse_change();",
        reverse_sql=f"DROP TRIGGER {table}_recorded_now ON {table};",
    )


def bounded(operations: Iterable[Operation], timeout: str = LOCK_TIMEOUT) -> list[Operation]:
    """Return a migration's operations, none of which waits longer for a lock, either way."""
    return [SetLockTimeout(timeout), *operations, SetLockTimeout(timeout)]


def row_trigger(
    table: str, name: str, *, when: str, function: str, arguments: tuple[str, ...] = ()
) -> RunSQL:
    """Return the operation that hangs a function on every row of a table."""
    given = ", ".join(f"'{argument}'" for argument in arguments)
    return RunSQL(
        sql=f"CREATE TRIGGER {name} {when} ON {table}"
        f" FOR EACH ROW EXECUTE FUNCTION {function}({given});",
        reverse_sql=f"DROP TRIGGER {name} ON {table};",
    )


def append_only(table: str) -> RunSQL:
    """Return the operation after which a table takes new rows and nothing else."""
    return RunSQL(
        sql=f"CREATE TRIGGER {table}_is_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table}"
        " FOR EACH STATEMENT EXECUTE FUNCTION suanpan_refuse_change();"
        f"REVOKE UPDATE, DELETE, TRUNCATE ON {table} FROM suanpan_app;",
        reverse_sql=f"GRANT UPDATE, DELETE ON {table} TO suanpan_app;"
        f"DROP TRIGGER {table}_is_append_only ON {table};",
    )


def read(room: str, file: str) -> str:
    """Return the text of `<room>/sql/<file>`."""
    return ROOT.joinpath(*room.split("."), "sql", file).read_text(encoding="utf-8")


def _replacing(text: str) -> str:
    return text.replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION", 1)
