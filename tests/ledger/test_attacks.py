"""The database refuses every attack by itself, and each of its rules is needed for that."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime

import psycopg
import pytest
from django.test import override_settings

from common.period import Period
from ledger import account_pages, sealing
from ledger import services as ledger
from ledger.contracts import Op
from tests import databases
from tests.ledger.attacks import (
    CORRUPT,
    FORGED,
    MISDEFINED,
    PROBES,
    TABLES,
    emptied,
    generated,
    outcome,
)
from tests.ledger.conftest import install_small_chart, move, seal_everything

NAMED = [*FORGED, *MISDEFINED, *CORRUPT, *PROBES]
EVERY_ATTACK = [*NAMED, *generated()]


@pytest.fixture(scope="module")
def fortress(committed_database, tmp_path_factory) -> Iterator[psycopg.Connection]:
    """A ledger that has one of everything; yields a superuser's connection to it."""
    keys = tmp_path_factory.mktemp("ledger") / "keys"
    with override_settings(LEDGER_KEYS_FILE=str(keys)):
        install_small_chart()
        reversed_one = move("bank", "acme", 78, "deposit")
        ledger.post(transfers=[move("bank", "acme", 1_000, "deposit"), reversed_one])
        ledger.post(transfers=[move("bank", "acme", 77, "deposit")])
        done = move("acme", "provider", 50, "order")
        let_go = move("provider", "fee", 4, "fee")
        past = datetime(2026, 1, 1, tzinfo=UTC)
        ledger.hold(
            transfers=[
                move("acme", "provider", 100, "order"),
                move("acme", "provider", 40, "order", expires_at=past),
                done,
                let_go,
            ]
        )
        ledger.post(
            transfers=[
                move("acme", "provider", 50, "order", op=Op.CAPTURE, hold_id=done.id),
                move("provider", "fee", 4, "fee", op=Op.RELEASE, hold_id=let_go.id),
                move("provider", "fee", 9, "fee"),
                move("acme", "bank", 78, "correction", reverses=reversed_one.id),
            ]
        )
        ledger.close_period(
            period=Period(datetime(2020, 1, 1, tzinfo=UTC), datetime(2021, 1, 1, tzinfo=UTC))
        )
        seal_everything()
        while account_pages.extend():
            pass
    assert sealing.seal() == 0
    with databases.admin(committed_database) as admin:
        yield admin


@pytest.mark.parametrize("attack", NAMED, ids=lambda attack: attack.name)
def test_the_database_refuses_what_it_must_and_nothing_else(fortress, attack):
    found = outcome(fortress, attack)

    if attack.refused_by is None:
        assert found[0] == "done", found
        return
    assert found[0] != "done"
    said = f"{found[1]} {found[2]}"
    assert any(part in said for part in attack.refused_by.split("|")), said


def test_no_history_can_be_changed_by_application_or_owner(fortress):
    """Of all generated writes, only those pass that keep an index or fold deltas."""
    passed = {attack.name for attack in generated() if outcome(fortress, attack)[0] == "done"} - {
        attack.name for attack in generated() if attack.name.startswith("read ")
    }

    assert passed == {
        "delete balance_delta as application",
        "delete balance_delta as tenant",
        "delete balance_delta as owner",
        *(
            f"{verb} {table} as {who}"
            for table in ("account_page", "page_cursor")
            for verb in ("update", "delete")
            for who in ("application", "tenant", "owner")
        ),
        "truncate account_page as owner",
        "truncate page_cursor as owner",
        "update tile as owner",  # which sets it to what it is
    }


MAY_BE_EMPTY = {
    "account": {"owner_id"},
    "flow": {"asset_id", "asset_class"},
    "hold": {"expires_at", "resolved_by"},
    "tile": {"first_xid", "first_rank", "first_id"},
    "transfer": {"hold_id", "reverses_id", "group_id", "expires_at", "meta"},
}


def test_no_other_column_may_be_empty(fortress):
    found = fortress.execute(
        "SELECT r.relname, array_agg(a.attname::text) FROM pg_attribute a"
        " JOIN pg_class r ON r.oid = a.attrelid WHERE r.relname = ANY (%s) AND a.attnum > 0"
        " AND NOT a.attnotnull AND NOT a.attisdropped GROUP BY r.relname",
        [[f"ledger_{table}" for table in TABLES]],
    )

    assert {name.removeprefix("ledger_"): set(columns) for name, columns in found} == MAY_BE_EMPTY


def test_no_column_that_must_be_known_can_be_emptied(fortress):
    attacks = [attack for _, attack in emptied(fortress)]

    outcomes = {attack.name: outcome(fortress, attack)[0] for attack in attacks}

    assert len(outcomes) > 50
    assert set(outcomes.values()) == {"23502"}, outcomes


def mutations(admin: psycopg.Connection) -> Iterator[tuple[str, str]]:
    """Yield every rule of the ledger's tables and the statement that takes it away."""
    tables = [f"ledger_{table}" for table in TABLES]
    yield from dropped(admin, tables)
    for statement, attack in emptied(admin):
        yield f"value of {attack.name}", statement
    yield from unruled(admin)
    yield from regranted(admin, tables)


def unruled(admin: psycopg.Connection) -> Iterator[tuple[str, str]]:
    """
    Yield the functions that keep the rules of transfers, each without one of its rules.

    Isolation is left out: who is inside of a transaction cannot try another one.
    """
    for function, rules in [
        ("ledger_broken_rule", 9),
        ("ledger_take_transfers", 14),
        ("ledger_fold_deltas", 1),
        ("ledger_short", 1),
    ]:
        nothing = "RETURN 1;" if function == "ledger_short" else "NULL;"
        found = 0
        whole = admin.execute("SELECT pg_get_functiondef(%s::regproc)", [function]).fetchone()[0]
        for rule in re.finditer(
            r"WHEN (?:(?!\bWHEN\b).)+?\sTHEN (?:ledger_short\()?'(ledger_\w+)'(?:::text|, .+?\))?",
            whole,
            re.DOTALL,
        ):
            found += 1
            without = f"{whole[: rule.start()]}WHEN false THEN NULL{whole[rule.end() :]}"
            yield f"{rule[1]} in {function}", without
        for refusal in re.finditer(r"PERFORM ledger_refuse\((.+?)\);", whole, re.DOTALL):
            if "reads_committed" not in refusal[1]:
                found += 1
                without = whole[: refusal.start()] + nothing + whole[refusal.end() :]
                yield f"refusal {refusal[1]} in {function}", without
        assert found == rules, (function, found)


def dropped(admin: psycopg.Connection, tables: list[str]) -> Iterator[tuple[str, str]]:
    for table, name in admin.execute(
        "SELECT conrelid::regclass::text, conname FROM pg_constraint"
        " WHERE conrelid::regclass::text = ANY (%s) AND contype IN ('c', 'f', 'p', 'u', 'x')",
        [tables],
    ):
        yield f"constraint {name}", f"ALTER TABLE {table} DROP CONSTRAINT {name} CASCADE"
    for table, name in admin.execute(
        "SELECT tgrelid::regclass::text, tgname FROM pg_trigger"
        " WHERE tgrelid::regclass::text = ANY (%s) AND NOT tgisinternal AND tgparentid = 0",
        [[*tables, "ledger_transfer_before"]],
    ):
        yield f"trigger {name} of {table}", f"DROP TRIGGER {name} ON {table}"
    for table, name in admin.execute(
        "SELECT tablename, policyname FROM pg_policies WHERE tablename = ANY (%s)", [tables]
    ):
        yield f"policy {name}", f"DROP POLICY {name} ON {table}"
    for table in admin.execute(
        "SELECT relname FROM pg_class WHERE relname = ANY (%s) AND relrowsecurity", [tables]
    ):
        yield f"row security of {table[0]}", f"ALTER TABLE {table[0]} DISABLE ROW LEVEL SECURITY"


def regranted(admin: psycopg.Connection, tables: list[str]) -> Iterator[tuple[str, str]]:
    for table in tables:
        for privilege in ("SELECT", "INSERT", "UPDATE", "DELETE", "TRUNCATE"):
            held = admin.execute(
                "SELECT has_table_privilege('suanpan_app', %s, %s)", [table, privilege]
            ).fetchone()[0]
            verb = "REVOKE {} ON {} FROM suanpan_app" if held else "GRANT {} ON {} TO suanpan_app"
            yield f"grant of {privilege} on {table}: {held}", verb.format(privilege, table)
    yield "column grant", "REVOKE UPDATE (hashes) ON ledger_tile FROM suanpan_app"
    for function in admin.execute(
        "SELECT oid::regprocedure::text FROM pg_proc WHERE proname LIKE 'ledger\\_%%' AND"
        " pronamespace = 'public'::regnamespace AND NOT has_function_privilege('public', oid,"
        " 'EXECUTE')"
    ):
        may = admin.execute(
            "SELECT has_function_privilege('suanpan_app', %s, 'EXECUTE')", [function[0]]
        ).fetchone()[0]
        verb = "REVOKE EXECUTE ON FUNCTION {} FROM" if may else "GRANT EXECUTE ON FUNCTION {} TO"
        yield f"execution of {function[0]}", f"{verb.format(function[0])} suanpan_app"


@pytest.mark.slow
def test_every_rule_is_needed(fortress):
    """Without any one constraint, trigger, rule, policy or grant, some attack ends differently."""
    every_attack = [*EVERY_ATTACK, *(attack for _, attack in emptied(fortress))]
    expected = {attack: outcome(fortress, attack) for attack in every_attack}

    def changes_something(statement: str) -> bool:
        named = [name for name in TABLES if f"ledger_{name}" in statement[:200]]
        table = max(named, key=len, default="transfer")
        likely_first = sorted(every_attack, key=lambda attack: table not in attack.statement)
        with fortress.transaction(force_rollback=True):
            fortress.execute(statement)
            return any(
                differs(outcome(fortress, attack), expected[attack]) for attack in likely_first
            )

    every = list(mutations(fortress))
    unneeded = [name for name, statement in every if not changes_something(statement)]

    assert not changes_something("SELECT 1")
    assert len(every) > 270
    assert not unneeded, "\n".join(unneeded)


def differs(found: tuple, before: tuple) -> bool:
    """Compare two outcomes; times and random identifiers in messages are not told apart."""
    return (
        found[:2] != before[:2]
        or (found[0] == "done" and found[2] != before[2])
        or (found[0] == "42501" and found[2] != before[2])
    )
