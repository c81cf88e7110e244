"""
What the database itself must refuse, whoever asks and whatever the application forgets.

An attack is a statement under one of four disguises: the application's role with platform duty, the
application's role as a tenant, the tables' owner, and a superuser who has switched triggers off.
Probes are attacks that must succeed: they show that the walls have doors.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import psycopg

from common import tenancy
from tests.ledger.conftest import ACME

SEALED = tenancy.as_stated(tenancy.PLATFORM)
APP = f"SET LOCAL ROLE suanpan_app; SET LOCAL suanpan.tenant = '{SEALED}'"
TENANT = f"SET LOCAL ROLE suanpan_app; SET LOCAL suanpan.tenant = '{ACME}'"
STRANGER = (
    "SET LOCAL ROLE suanpan_app; SET LOCAL suanpan.tenant = '01900000-0000-7000-8000-00000000dead'"
)
NOBODY = "SET LOCAL ROLE suanpan_app; SET LOCAL suanpan.tenant = ''"
OWNER = "SET LOCAL ROLE suanpan_owner; SET LOCAL suanpan.tenant = '*'"
REPLICA = "SET LOCAL session_replication_role = replica"

TABLES = {
    # table: a column to update
    "asset": "scale",
    "kind": "name",
    "reason": "name",
    "flow": "reason_id",
    "account": "code",
    "period": "ends_at",
    "transfer": "amount",
    "balance": "credits_posted",
    "balance_delta": "credits_posted",
    "hold": "amount",
    "reversal": "reversed_by",
    "definition": "line",
    "key": "name",
    "tile": "number",
    "checkpoint": "note",
    "account_page": "last_entry",
    "page_cursor": "xid",
}


@dataclass(frozen=True)
class Attack:
    """A statement, under whose name it is made, and what must refuse it (nothing: it succeeds)."""

    name: str
    disguise: str
    statement: str
    refused_by: str | None


def account(code: str) -> str:
    return f"(SELECT id FROM ledger_account WHERE code = '{code}')"


def transfer(
    debit: str = "bank",
    credit: str = "acme",
    amount: object = 5,
    reason: str = "deposit",
    columns: str = "",
    values: str = "",
    key: str = "uuidv7()",
) -> str:
    return (
        f"INSERT INTO ledger_transfer (id, debit_id, credit_id, amount, reason_id{columns})"
        f" VALUES ({key}, {account(debit)}, {account(credit)}, {amount},"
        f" (SELECT id FROM ledger_reason WHERE name = '{reason}'){values})"
    )


def both(sound: str, bad: str) -> str:
    """Return two transfers in one statement: what is wrong with one must be seen in a batch."""
    return f"{sound}, {bad.split(' VALUES ', 1)[1]}"


def resolution(op: int, amount: int, hold: str = "open", **more: str) -> str:
    """Return a capture (2) or release (3) of the open or of the resolved hold."""
    condition = "IS NULL AND expires_at IS NULL" if hold == "open" else "IS NOT NULL"
    if hold == "expired":
        condition = "IS NULL AND expires_at IS NOT NULL"
    payee = f"credit_id = {account('provider')}"
    hold_id = f"(SELECT id FROM ledger_hold WHERE resolved_by {condition} AND {payee})"
    return transfer(
        "acme",
        more.get("credit", "provider"),
        amount,
        more.get("reason", "order"),
        ", op, hold_id",
        f", {op}, {hold_id}",
    )


def checkpoint_after_growth(root: str) -> str:
    """Return another leaf and the checkpoint that covers it."""
    return (
        "DO $$ BEGIN UPDATE ledger_tile SET hashes = hashes || sha256('x') WHERE level = 0 AND"
        " number = (SELECT max(number) FROM ledger_tile WHERE level = 0);"
        " INSERT INTO ledger_checkpoint (size, root, last_xid, last_rank, last_id, note)"
        f" SELECT size + 1, {root}, last_xid, last_rank, last_id, note"
        " FROM ledger_checkpoint ORDER BY size DESC LIMIT 1; END $$"
    )


EVERY_ENTRY = f"ledger_entries('0', '{UUID(int=0)}', '{UUID(int=0)}', 1000, false)"
BALANCE_OF = "account_id = (SELECT id FROM ledger_account WHERE code = '{}')"
POSTED = "(SELECT id FROM ledger_transfer WHERE amount = 77 LIMIT 1)"
REVERSED = "(SELECT transfer_id FROM ledger_reversal LIMIT 1)"

FORGED = [
    Attack("amount of zero", APP, transfer(amount=0), "amount_in_range"),
    Attack("negative amount", APP, transfer(amount=-5), "amount_in_range"),
    Attack("amount beyond the range", APP, transfer(amount=10**17 + 1), "amount_in_range"),
    Attack("10^19", APP, transfer(amount=10**19), "out of range"),
    Attack("NaN", APP, transfer(amount="'NaN'::float8"), "out of range"),
    Attack("no amount", APP, transfer(amount="NULL"), "null value"),
    Attack("unknown account", APP, transfer(debit="nobody"), "null value"),
    Attack(
        "an account number that does not exist",
        APP,
        transfer().replace(account("acme"), account("acme") + " + 4000000"),
        "account_known",
    ),
    Attack("to itself", APP, transfer("acme", "acme", reason="gift"), "sides_differ"),
    Attack("across assets", APP, transfer("acme", "voucher", reason="order"), "share_asset"),
    Attack("resale of a voucher", APP, transfer("voucher", "pool", reason="issue"), "flow_allowed"),
    Attack("wrong reason", APP, transfer(reason="order"), "flow_allowed"),
    Attack("overdraft", APP, transfer("acme", "provider", 10**9, "order"), "debits_within_credits"),
    Attack(
        "overdraft of a hold",
        APP,
        transfer("acme", "provider", 10**9, "order", ", op", ", 1"),
        "debits_within_credits",
    ),
    Attack("oversale", APP, transfer("bank", "stock", 10**9, "sell_off"), "credits_within_debits"),
    Attack(
        "oversale by a hold",
        APP,
        transfer("bank", "stock", 10**9, "sell_off", columns=", op", values=", 1"),
        "credits_within_debits",
    ),
    Attack("old identifier again", APP, transfer(key=POSTED), "pkey"),
    Attack(
        "random identifier",
        APP,
        transfer(key="overlay(uuidv7()::text PLACING '4' FROM 15)::uuid"),
        "id_tells_time",
    ),
    Attack(
        "identifier of another variant",
        APP,
        transfer(key="overlay(uuidv7()::text PLACING '0' FROM 20)::uuid"),
        "id_tells_time",
    ),
    Attack(
        "identifier of the year 2200",
        APP,
        transfer(key="'0699c95e-0400-7000-8000-000000000001'"),
        "no partition",
    ),
    Attack("unknown operation", APP, transfer(columns=", op", values=", 7"), "op_known"),
    Attack("capture of nothing", APP, transfer(columns=", op", values=", 2"), "resolves_a_hold"),
    Attack(
        "post that names a hold",
        APP,
        transfer(columns=", hold_id", values=f", {POSTED}"),
        "resolves_a_hold",
    ),
    Attack(
        "capture of what is no hold",
        APP,
        transfer("acme", "provider", 5, "order", ", op, hold_id", f", 2, {POSTED}"),
        "hold_known",
    ),
    Attack("over-capture", APP, resolution(2, 101), "hold_matches"),
    Attack("release of a part", APP, resolution(3, 99), "hold_matches"),
    Attack(
        "capture for another payee",
        APP,
        resolution(2, 5, credit="bank", reason="withdrawal"),
        "hold_matches",
    ),
    Attack("second resolution", APP, resolution(2, 5, "resolved"), "hold_open"),
    Attack("capture after expiry", APP, resolution(2, 5, "expired"), "hold_in_time"),
    Attack(
        "expiry of a post",
        APP,
        transfer(columns=", expires_at", values=", now()"),
        "only_holds_expire",
    ),
    Attack(
        "reversal by a hold",
        APP,
        transfer(columns=", op, reverses_id", values=f", 1, {POSTED}"),
        "only_posts_reverse",
    ),
    Attack(
        "reversal of another amount",
        APP,
        transfer("acme", "bank", 76, "correction", ", reverses_id", f", {POSTED}"),
        "mirrors",
    ),
    Attack(
        "second reversal",
        APP,
        transfer("acme", "bank", 78, "correction", ", reverses_id", f", {REVERSED}"),
        "ledger_reversal_pkey",
    ),
    *(
        Attack(
            f"{column} {moment}",
            APP,
            transfer(columns=f", op, {column}", values=f", {op}, '{moment}'"),
            "times_in_range",
        )
        for column, op in [("effective_at", 0), ("expires_at", 1)]
        for moment in ["infinity", "-infinity", "3000-01-01Z", "1969-12-31 23:59:59Z"]
    ),
    Attack(
        "into a closed period",
        APP,
        transfer(columns=", effective_at", values=", '2020-06-01Z'"),
        "period_open",
    ),
    Attack("forged transaction", APP, transfer(columns=", xid", values=", '3'"), "recorded_now"),
    Attack(
        "forged time of record",
        APP,
        transfer(columns=", recorded_at", values=", '2020-01-01Z'"),
        "recorded_now",
    ),
    *(
        Attack(f"{what} beside a sound transfer", APP, both(sound, bad), rule)
        for what, sound, bad, rule in [
            (
                "forged transaction",
                transfer(columns=", xid", values=", pg_current_xact_id()"),
                transfer(columns=", xid", values=", '3'"),
                "recorded_now",
            ),
            (
                "closed period",
                transfer(columns=", effective_at", values=", now()"),
                transfer(columns=", effective_at", values=", '2020-06-01Z'"),
                "period_open",
            ),
            ("amount of zero", transfer(), transfer(amount=0), "amount_in_range"),
            ("transfer to itself", transfer(), transfer("acme", "acme"), "sides_differ"),
            ("other asset", transfer(), transfer("acme", "voucher"), "share_asset"),
            (
                "random identifier",
                transfer(),
                transfer(key="overlay(uuidv7()::text PLACING '4' FROM 15)::uuid"),
                "id_tells_time",
            ),
            (
                "unknown operation",
                transfer(columns=", op", values=", 0"),
                transfer(columns=", op", values=", 7"),
                "op_known",
            ),
            ("wrong reason", transfer(), transfer(reason="order"), "flow_allowed"),
            (
                "resale of a voucher",
                transfer("pool", "voucher", reason="issue"),
                transfer("voucher", "pool", reason="issue"),
                "flow_allowed",
            ),
            ("wrong payee", transfer(), transfer(credit="provider"), "flow_allowed"),
            (
                "overdraft",
                transfer(),
                transfer("acme", "provider", 10**9, "order"),
                "within_credits",
            ),
        ]
    ),
    *(
        Attack(f"{function} by hand", APP, f"SELECT {function}()", "permission denied")
        for function in (
            "ledger_take_transfers",
            "ledger_fold_deltas",
            "ledger_open_balances",
            "ledger_define",
        )
    ),
    Attack(
        "the end of a hold folded without its beginning",
        APP,
        "DELETE FROM ledger_balance_delta WHERE credits_pending < 0",
        "is_not_negative",
    ),
    Attack("as a tenant", TENANT, transfer(debit="acme", credit="globex", reason="gift"), "policy"),
    Attack(
        "directly into a partition",
        APP,
        "INSERT INTO ledger_transfer_before SELECT * FROM ledger_transfer",
        "permission denied",
    ),
    Attack(
        "directly into a partition, as owner",
        OWNER,
        "INSERT INTO ledger_transfer_before SELECT * FROM ledger_transfer",
        "append-only",
    ),
    Attack(
        "out of a partition, as owner", OWNER, "DELETE FROM ledger_transfer_before", "append-only"
    ),
    Attack("COPY into transfers", APP, "COPY ledger_transfer FROM '/dev/null'", "COPY|denied"),
    Attack(
        "partitions at will",
        APP,
        "SELECT ledger_add_transfer_partition('x', NULL, uuidv7())",
        "permission denied",
    ),
    Attack(
        "tile partitions at will",
        APP,
        "SELECT ledger_add_tile_partition('x', NULL, now())",
        "permission denied",
    ),
]

MISDEFINED = [
    Attack(
        "account under a borrowed number",
        APP,
        "INSERT INTO ledger_account (id, code, asset_id, kind_id) SELECT id + (1::bigint << 40),"
        " 'x', asset_id, kind_id FROM ledger_account LIMIT 1",
        "number_shows_asset_and_kind",
    ),
    Attack(
        "account code with a line break",
        APP,
        "INSERT INTO ledger_account (code, asset_id, kind_id)"
        " SELECT E'a\\nb', asset_id, kind_id FROM ledger_account LIMIT 1",
        "code_is_plain",
    ),
    Attack(
        "account code again",
        APP,
        "INSERT INTO ledger_account (code, asset_id, kind_id)"
        " SELECT code, asset_id, kind_id FROM ledger_account LIMIT 1",
        "code_once",
    ),
    Attack(
        "account number again",
        APP,
        "INSERT INTO ledger_account (id, code, asset_id, kind_id)"
        " SELECT id, 'x', asset_id, kind_id FROM ledger_account LIMIT 1",
        "pkey",
    ),
    Attack(
        "account of no asset",
        APP,
        "INSERT INTO ledger_account (code, asset_id, kind_id) VALUES ('x', 31000, 1)",
        "asset_id_fkey",
    ),
    Attack(
        "account of no kind",
        APP,
        "INSERT INTO ledger_account (code, asset_id, kind_id)"
        " VALUES ('x', (SELECT min(id) FROM ledger_asset), 31000)",
        "kind_id_fkey|null value",
    ),
    Attack(
        "account as a tenant",
        TENANT,
        "INSERT INTO ledger_account (code, asset_id, kind_id) VALUES ('x', 1, 1)",
        "policy",
    ),
    *(
        Attack(f"{what} defined by {who}", disguise, statement, "policy")
        for who, disguise in [("a tenant", TENANT), ("nobody", NOBODY)]
        for what, statement in {
            "asset": "INSERT INTO ledger_asset (code, scale, asset_class)"
            " VALUES ('NEW', 2, 'money')",
            "kind": "INSERT INTO ledger_kind (name, rule) VALUES ('new', 'N')",
            "reason": "INSERT INTO ledger_reason (name) VALUES ('new')",
            "flow": "INSERT INTO ledger_flow (asset_class, debit_kind_id, credit_kind_id,"
            " reason_id) SELECT 'compute', debit_kind_id, credit_kind_id, reason_id"
            " FROM ledger_flow LIMIT 1",
        }.items()
    ),
    *(
        Attack(
            f"asset: {name}",
            APP,
            f"INSERT INTO ledger_asset (id, code, scale, asset_class) VALUES ({values})",
            rule,
        )
        for name, values, rule in [
            ("code again", "900, 'CNY', 2, 'money'", "code_once"),
            ("number again", "(SELECT min(id) FROM ledger_asset), 'X', 2, 'money'", "pkey"),
            ("code of spaces", "900, ' ', 2, 'money'", "code_is_plain"),
            ("negative scale", "900, 'X', -1, 'money'", "scale_in_range"),
            ("unknown class", "900, 'X', 2, 'stone'", "class_known"),
            ("number zero", "0, 'X', 2, 'money'", "id_in_range"),
        ]
    ),
    *(
        Attack(
            f"kind: {name}",
            APP,
            f"INSERT INTO ledger_kind (id, name, rule, deferred) VALUES ({values})",
            rule,
        )
        for name, values, rule in [
            ("name again", "900, 'cash', 'N', false", "name_once"),
            ("number again", "(SELECT min(id) FROM ledger_kind), 'x', 'N', false", "pkey"),
            ("capital name", "900, 'X', 'N', false", "name_is_plain"),
            ("unknown rule", "900, 'x', 'Q', false", "rule_known"),
            ("deferred with a floor", "900, 'x', 'D', true", "deferred_has_no_floor"),
            ("number zero", "0, 'x', 'N', false", "id_in_range"),
        ]
    ),
    *(
        Attack(
            f"reason: {name}", APP, f"INSERT INTO ledger_reason (id, name) VALUES ({values})", rule
        )
        for name, values, rule in [
            ("name again", "900, 'order'", "name_once"),
            ("number again", "(SELECT min(id) FROM ledger_reason), 'x'", "pkey"),
            ("capital name", "900, 'X'", "name_is_plain"),
        ]
    ),
    *(
        Attack(
            f"flow: {name}",
            APP,
            "INSERT INTO ledger_flow (id, asset_id, asset_class, debit_kind_id, credit_kind_id,"
            f" reason_id) SELECT {values} FROM ledger_flow WHERE asset_id IS NOT NULL"
            " ORDER BY id LIMIT 1",
            rule,
        )
        for name, values, rule in [
            ("again", "900, asset_id, NULL, debit_kind_id, credit_kind_id, reason_id", "once"),
            ("number again", "id, asset_id, NULL, credit_kind_id, credit_kind_id, 900", "pkey"),
            (
                "asset and class",
                "900, asset_id, 'money', debit_kind_id, credit_kind_id, reason_id",
                "names_asset_or_class",
            ),
            (
                "unknown class",
                "900, NULL, 'stone', debit_kind_id, credit_kind_id, reason_id",
                "class_known",
            ),
            (
                "no asset",
                "900, 31000, NULL, debit_kind_id, credit_kind_id, reason_id",
                "asset_id_fkey",
            ),
            (
                "no debit kind",
                "900, asset_id, NULL, 31000, credit_kind_id, reason_id",
                "debit_kind_id_fkey",
            ),
            (
                "no credit kind",
                "900, asset_id, NULL, debit_kind_id, 31000, reason_id",
                "credit_kind_id_fkey",
            ),
            (
                "no reason",
                "900, asset_id, NULL, debit_kind_id, credit_kind_id, 31000",
                "reason_id_fkey",
            ),
        ]
    ),
    *(
        Attack(
            f"period: {name}",
            APP,
            f"INSERT INTO ledger_period (id, starts_at, ends_at) VALUES ({values})",
            rule,
        )
        for name, values, rule in [
            (
                "number again",
                "(SELECT min(id) FROM ledger_period), '2031-01-01Z', '2031-02-01Z'",
                "pkey",
            ),
            ("without an end", "900, '2031-01-01Z', 'infinity'", "in_range"),
            ("without a beginning", "900, '-infinity', '2019-01-01Z'", "in_range"),
            ("turned round", "900, '2031-02-01Z', '2031-01-01Z'", "ends_after_it_starts|bound"),
            ("empty", "900, '2031-02-01Z', '2031-02-01Z'", "ends_after_it_starts"),
            ("overlapping", "900, '2020-06-01Z', '2031-01-01Z'", "do_not_overlap"),
            ("start again", "900, '2020-01-01Z', '2020-01-02Z'", "starts_once"),
        ]
    ),
    Attack(
        "key of 31 bytes",
        APP,
        "INSERT INTO ledger_key (name, public_key) SELECT 'x', substr(public_key, 2)"
        " FROM ledger_key",
        "has_32_bytes",
    ),
    Attack(
        "key again",
        APP,
        "INSERT INTO ledger_key (name, public_key) SELECT name, public_key FROM ledger_key",
        "once",
    ),
    Attack(
        "key number again",
        APP,
        "INSERT INTO ledger_key (id, name, public_key)"
        " SELECT id, name, sha256('x') FROM ledger_key",
        "pkey",
    ),
    Attack(
        "key with a plus in its name",
        APP,
        "INSERT INTO ledger_key (name, public_key) VALUES ('a+b', sha256('x'))",
        "name_is_plain",
    ),
    Attack(
        "tile out of turn",
        APP,
        "INSERT INTO ledger_tile (level, number, hashes) VALUES (1, 9, sha256('x'))",
        "does not follow",
    ),
    Attack("tile that changes", APP, "UPDATE ledger_tile SET hashes = sha256('x')", "only grows"),
    Attack(
        "tile of 33 bytes", APP, "UPDATE ledger_tile SET hashes = hashes || '\\x00'", "holds_hashes"
    ),
    Attack(
        "tile of level 9",
        APP,
        "INSERT INTO ledger_tile (level, number, hashes) VALUES (9, 0, sha256('x'))",
        "is_in_range",
    ),
    Attack(
        "leaves without their first entry",
        APP,
        "INSERT INTO ledger_tile (level, number, hashes)"
        " SELECT 0, max(number) + 1, sha256('x') FROM ledger_tile WHERE level = 0",
        "knows_its_first_entry",
    ),
    Attack(
        "checkpoint that goes back",
        APP,
        "INSERT INTO ledger_checkpoint (size, root, last_xid, last_rank, last_id, note)"
        " SELECT 1, root, last_xid, last_rank, last_id, note FROM ledger_checkpoint LIMIT 1",
        "covers more",
    ),
    Attack(
        "checkpoint of half a root",
        APP,
        checkpoint_after_growth("substr(root, 16)"),
        "root_is_a_hash",
    ),
    Attack(
        "checkpoint of leaves that are not there",
        APP,
        "INSERT INTO ledger_checkpoint (size, root, last_xid, last_rank, last_id, note)"
        " SELECT size + 1, root, last_xid, last_rank, last_id, note"
        " FROM ledger_checkpoint ORDER BY size DESC LIMIT 1",
        "covers_leaves",
    ),
    Attack(
        "second page cursor",
        APP,
        "INSERT INTO ledger_page_cursor VALUES (2, '0', uuidv7())",
        "page_cursor_id_check",
    ),
]

# Where triggers are off, what remains are the constraints of the derived tables.
CORRUPT = [
    Attack(
        "hold resolved by another's resolution",
        REPLICA,
        "UPDATE ledger_hold SET resolved_by ="
        " (SELECT resolved_by FROM ledger_hold WHERE resolved_by IS NOT NULL LIMIT 1)",
        "resolves_once",
    ),
    Attack(
        "reversal twice by one transfer",
        REPLICA,
        "INSERT INTO ledger_reversal SELECT uuidv7(), reversed_by FROM ledger_reversal",
        "by_once",
    ),
    Attack(
        "checkpoint of nothing",
        REPLICA,
        "UPDATE ledger_checkpoint SET size = 0",
        "covers_entries|pkey",
    ),
    *(
        Attack(
            f"{table} row twice",
            REPLICA,
            f"INSERT INTO ledger_{table} OVERRIDING SYSTEM VALUE"
            f" SELECT * FROM ledger_{table} LIMIT 1",
            "ledger_",
        )
        for table in TABLES
    ),
]

PROBES = [
    Attack("a transfer is posted", APP, transfer(), None),
    Attack("a hold is captured", APP, resolution(2, 60), None),
    Attack("an expired hold is released", APP, resolution(3, 40, "expired"), None),
    Attack("a hot account takes a delta", APP, transfer("provider", "fee", 3, "fee"), None),
    Attack(
        "deltas are folded",
        APP,
        "WITH gone AS (DELETE FROM ledger_balance_delta RETURNING 1) SELECT count(*) FROM gone",
        None,
    ),
    Attack(
        "folded deltas reach the balance",
        APP,
        "DO $$ BEGIN DELETE FROM ledger_balance_delta; ASSERT (SELECT credits_posted = 9 FROM"
        f" ledger_balance WHERE {BALANCE_OF.format('fee')}); END $$",
        None,
    ),
    Attack(
        "posting moves both sides",
        APP,
        "DO $$ DECLARE before bigint := (SELECT credits_posted FROM ledger_balance WHERE "
        f"{BALANCE_OF.format('acme')}); BEGIN {transfer()}; ASSERT (SELECT credits_posted ="
        f" before + 5 FROM ledger_balance WHERE {BALANCE_OF.format('acme')}); END $$",
        None,
    ),
    Attack(
        "an account opens with its number and its balance",
        APP,
        "DO $$ BEGIN INSERT INTO ledger_account (code, asset_id, kind_id)"
        " SELECT 'new', asset_id, kind_id FROM ledger_account WHERE code = 'acme';"
        " ASSERT (SELECT rule = 'D' FROM ledger_balance JOIN ledger_account a"
        " ON a.id = account_id WHERE a.code = 'new'); END $$",
        None,
    ),
    *(
        Attack(
            f"a new {what} leaves its sealed line",
            APP,
            f"DO $$ DECLARE before bigint := (SELECT count(*) FROM ledger_definition);"
            f" BEGIN {insert}; ASSERT (SELECT count(*) FROM ledger_definition) = before + 1;"
            " END $$",
            None,
        )
        for what, insert in {
            "asset": "INSERT INTO ledger_asset (code, scale, asset_class)"
            " VALUES ('NEW', 2, 'money')",
            "kind": "INSERT INTO ledger_kind (name, rule) VALUES ('new', 'N')",
            "flow": "INSERT INTO ledger_flow (asset_class, debit_kind_id, credit_kind_id,"
            " reason_id) SELECT 'compute', debit_kind_id, credit_kind_id, reason_id"
            " FROM ledger_flow LIMIT 1",
            "account": "INSERT INTO ledger_account (code, asset_id, kind_id)"
            " SELECT 'new', asset_id, kind_id FROM ledger_account LIMIT 1",
            "period": "INSERT INTO ledger_period (starts_at, ends_at)"
            " VALUES ('2019-01-01Z', '2019-02-01Z')",
            "key": "INSERT INTO ledger_key (name, public_key) VALUES ('new', sha256('new'))",
        }.items()
    ),
    Attack(
        "closing a period waits for posting",
        APP,
        "DO $$ BEGIN INSERT INTO ledger_period (starts_at, ends_at)"
        " VALUES ('2018-01-01Z', '2018-02-01Z'); ASSERT (SELECT count(*) = 1 FROM pg_locks"
        " WHERE locktype = 'advisory' AND objid = 7268001 AND mode = 'ExclusiveLock'"
        " AND pid = pg_backend_pid()); END $$",
        None,
    ),
    Attack(
        "posting holds closing up",
        APP,
        f"DO $$ BEGIN {transfer()}; ASSERT (SELECT count(*) = 1 FROM pg_locks"
        " WHERE locktype = 'advisory' AND objid = 7268001 AND mode = 'ShareLock'"
        " AND pid = pg_backend_pid()); END $$",
        None,
    ),
    Attack(
        "a tile grows",
        APP,
        "UPDATE ledger_tile SET hashes = hashes || sha256('x')"
        " WHERE level = 0 AND octet_length(hashes) < 8192",
        None,
    ),
    Attack(
        "a checkpoint follows",
        APP,
        checkpoint_after_growth("root"),
        None,
    ),
    Attack(
        "a page is written",
        APP,
        "INSERT INTO ledger_account_page VALUES (1, 1, ARRAY[uuidv7()], 0, 0)",
        None,
    ),
    Attack(
        "a page is rewritten",
        APP,
        "UPDATE ledger_account_page SET last_entry = last_entry + 100000",
        None,
    ),
    Attack("pages are dropped", APP, "DELETE FROM ledger_account_page", None),
    Attack(
        "the page cursor moves",
        APP,
        "DO $$ BEGIN UPDATE ledger_page_cursor SET xid = '7';"
        " ASSERT (SELECT xid = '7' FROM ledger_page_cursor); END $$",
        None,
    ),
    Attack(
        "the page cursor is made anew",
        APP,
        "DO $$ DECLARE c ledger_page_cursor; BEGIN DELETE FROM ledger_page_cursor RETURNING *"
        " INTO c; ASSERT c.id = 1; INSERT INTO ledger_page_cursor SELECT c.*; END $$",
        None,
    ),
    Attack(
        "the log is read in its order",
        APP,
        f"SELECT count(line) FROM {EVERY_ENTRY}",
        None,
    ),
    Attack(
        "what is on no page yet is read",
        TENANT,
        f"SELECT count(*) FROM ledger_newer_than_pages({account('acme')})",
        None,
    ),
    Attack("months are made", APP, "SELECT ledger_make_partitions(1)", None),
    Attack(
        "what parts will touch is locked ahead",
        APP,
        "SELECT ledger_lock_ahead('{1}', '{}', '{}', '200ms')",
        None,
    ),
    Attack(
        "the service's function posts",
        TENANT,
        "DO $$ BEGIN ASSERT ledger_post_batch('{}', '{}', '{}', '{}', '{}',"
        " NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL) IS NULL; END $$",
        None,
    ),
    Attack(
        "the service's function posts one",
        TENANT,
        "DO $$ BEGIN ASSERT ledger_post_one(uuidv7(), 1, 1, 1, 1::smallint) ->> 'rule'"
        " = 'ledger_transfer_sides_differ'; END $$",
        None,
    ),
    Attack(
        "moves are told in the order of the log",
        APP,
        "DO $$ BEGIN PERFORM ledger_moves_after('0', uuidv7(), 1, false); END $$",
        None,
    ),
    Attack(
        "a replay goes on",
        APP,
        "DO $$ BEGIN PERFORM ledger_replay_slice(1); END $$",
        None,
    ),
    Attack(
        "a replay is compared with the balances",
        APP,
        "DO $$ BEGIN PERFORM ledger_finish_replay(1, 1); END $$",
        None,
    ),
    Attack(
        "names have numbers",
        TENANT,
        "DO $$ BEGIN ASSERT (SELECT count(*) FROM ledger_numbers('{acme,nobody}', '{CNY}',"
        " '{deposit}')) = 3; END $$",
        None,
    ),
]


def generated() -> Iterator[Attack]:
    """Every table under every kind of write, and what each disguise may read of it."""
    for table, column in TABLES.items():
        for who, disguise in [("application", APP), ("tenant", TENANT), ("owner", OWNER)]:
            for verb, statement in {
                "insert": f"INSERT INTO ledger_{table} DEFAULT VALUES",
                "update": f"UPDATE ledger_{table} SET {column} = {column}",
                "delete": f"DELETE FROM ledger_{table} WHERE false",
                "truncate": f"TRUNCATE ledger_{table} CASCADE",
            }.items():
                yield Attack(f"{verb} {table} as {who}", disguise, statement, "?")
        for who, disguise in [
            ("application", APP),
            ("tenant", TENANT),
            ("stranger", STRANGER),
            ("owner", OWNER),
        ]:
            statement = f"SELECT count(*) FROM ledger_{table}"
            yield Attack(f"read {table} as {who}", disguise, statement, "?")
    for who, disguise in [("application", APP), ("tenant", TENANT), ("stranger", STRANGER)]:
        statement = "SELECT count(*) FROM ledger_transfer_line"
        yield Attack(f"read lines as {who}", disguise, statement, "?")
        statement = statement.replace("ledger_transfer_line", EVERY_ENTRY)
        yield Attack(f"read entries as {who}", disguise, statement, "?")


def emptied(admin: psycopg.Connection) -> Iterator[tuple[str, Attack]]:
    """
    Yield every column that must have a value, with the attack that takes it away.

    Keys are left out: nothing but the key itself lets their columns be empty.
    """
    for table, column in admin.execute(
        "SELECT r.relname, a.attname FROM pg_attribute a JOIN pg_class r ON r.oid = a.attrelid"
        " WHERE r.relname = ANY (%s) AND a.attnotnull AND a.attnum > 0 AND a.attidentity = ''"
        " AND NOT EXISTS (SELECT FROM pg_index i WHERE i.indrelid = r.oid AND i.indisprimary"
        " AND a.attnum = ANY (i.indkey)) ORDER BY r.relname, a.attnum",
        [[f"ledger_{table}" for table in TABLES]],
    ):
        yield (
            f"ALTER TABLE {table} ALTER {column} DROP NOT NULL",
            Attack(
                f"{table} without {column}",
                REPLICA,
                f"UPDATE {table} SET {column} = NULL",
                "null value",
            ),
        )


def outcome(connection: psycopg.Connection, attack: Attack) -> tuple[Any, ...]:
    """Return what became of an attack; nothing of it stays."""
    try:
        with connection.transaction(force_rollback=True):
            connection.execute(attack.disguise)
            done = connection.execute(attack.statement)
            rows = tuple(done.fetchall()) if done.description else ()
            return "done", done.statusmessage, rows
    except psycopg.Error as error:
        message = str(error).split("\n", 1)[0]
        return error.sqlstate, error.diag.constraint_name or "", message
