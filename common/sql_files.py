"""Migration operations that read a function's SQL from its file."""

from pathlib import Path
from typing import Final

from django.db import migrations

ROOT: Final = Path(__file__).resolve().parent.parent


def function(room: str, name: str, *, version: int = 1, arguments: str = "") -> migrations.RunSQL:
    """
    Return the operation that defines `<room>/sql/functions/<name>/v<version>.sql`.

    `arguments` are the types by which PostgreSQL tells functions of one name apart.
    """
    return migrations.RunSQL(
        sql=_text(room, name, version), reverse_sql=f"DROP FUNCTION {name}({arguments});"
    )


def new_version(room: str, name: str, *, version: int) -> migrations.RunSQL:
    """Return the operation that puts a version of a function in the place of the one before."""
    now, before = (
        _text(room, name, each).replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION")
        for each in (version, version - 1)
    )
    return migrations.RunSQL(sql=now, reverse_sql=before)


def _text(room: str, name: str, version: int) -> str:
    file = ROOT.joinpath(*room.split("."), "sql", "functions", name, f"v{version}.sql")
    return file.read_text(encoding="utf-8")


def row_trigger(
    table: str, name: str, *, when: str, function: str, arguments: tuple[str, ...] = ()
) -> migrations.RunSQL:
    """Return the operation that hangs a function on every row of a table."""
    given = ", ".join(f"'{argument}'" for argument in arguments)
    return migrations.RunSQL(
        sql=f"CREATE TRIGGER {name} {when} ON {table}"
        f" FOR EACH ROW EXECUTE FUNCTION {function}({given});",
        reverse_sql=f"DROP TRIGGER {name} ON {table};",
    )
