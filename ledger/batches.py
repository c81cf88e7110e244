"""How a batch of transfers is checked, sent to the database, and its answer read."""

import json
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from operator import attrgetter
from typing import Any, Final
from uuid import UUID

import psycopg
from django.db import DEFAULT_DB_ALIAS, connections
from psycopg.types.numeric import Int2, Int8

from ledger import columns, numbers
from ledger.contracts import (
    AMOUNT_MAX,
    BATCH_MAX,
    REFERENCE_MAX,
    TIME_END,
    TIME_MIN,
    Op,
    PostedTransfer,
    Refused,
    Transfer,
    TransferRefused,
)
from ledger.numbers import Numbers

DUPLICATE: Final = "duplicate"
ASSET_BITS: Final = 48  # an account's number shifted by this is its asset's
# The rules of the database, and the stable codes that callers know.
CODES: Final = {
    "ledger_balance_debits_within_credits": "insufficient_funds",
    "ledger_balance_credits_within_debits": "insufficient_funds",
    "ledger_transfer_account_known": "unknown_account",
    "ledger_transfer_flow_allowed": "flow_not_allowed",
    "ledger_transfer_hold_known": "hold_unknown",
    "ledger_transfer_hold_open": "hold_resolved",
    "ledger_transfer_hold_in_time": "hold_expired",
    "ledger_transfer_hold_matches": "hold_mismatch",
    "ledger_transfer_mirrors_what_it_reverses": "reversal_mismatch",
    "ledger_reversal_pkey": "already_reversed",
    "ledger_transfer_period_open": "period_closed",
    "ledger_transfer_amount_in_range": "invalid_amount",
    "": "invalid_id",  # no partition takes an identifier that is years ahead
}
# What an old number in memory, instead of a wrong name, may have been refused for.
_STALE: Final = {"unknown_account", "flow_not_allowed"}
_POST_ONE: Final = "SELECT ledger_post_one(%b, %b, %b, %b, %b)"
_POST_BATCH: Final = """
    SELECT ledger_post_batch(
        %b::uuid[], %b::bigint[], %b::bigint[], %b::bigint[], %b::smallint[], %b::smallint[],
        %b::uuid[], %b::uuid[], %b::uuid[], %b::text[], %b::timestamptz[], %b::timestamptz[],
        %b::text[]
    )
"""
_LOCK_AHEAD: Final = "SELECT ledger_lock_ahead(%s::bigint[], %s::uuid[], %s::uuid[], %s)"
_UUID_VERSION: Final = 0xF << 76 | 0b11 << 62
_UUID_VERSION_7: Final = 7 << 76 | 0b10 << 62
_CONTENT: Final = (
    "debit",
    "credit",
    "asset",
    "amount",
    "reason",
    "op",
    "hold_id",
    "reverses",
    "group",
    "reference",
    "expires_at",
)
_FIELDS: Final = attrgetter("id", *_CONTENT, "effective_at", "meta")
_KEY: Final = attrgetter("id.int")
_MORE_THAN_PLAIN: Final = attrgetter("op", "reverses", "group", "reference", "effective_at", "meta")
_PLAIN: Final = (Op.POST, None, None, "", None, None)


def checked(transfers: Iterable[Transfer]) -> dict[UUID, Transfer]:
    """
    Return the transfers by identifier.

    :raises TransferRefused: if one contradicts itself, or another one of the same identifier
    """
    batch: dict[UUID, Transfer] = {}
    for one in transfers:
        code = _contradiction(one)
        if not code and batch.setdefault(one.id, one) is not one and batch[one.id] != one:
            code = "transfer_conflict"
        if code:
            raise TransferRefused(Refused(one.id, None, code))
    if len(batch) > BATCH_MAX:
        message = f"a batch has at most {BATCH_MAX} transfers"
        raise ValueError(message)
    return batch


def _contradiction(one: Transfer) -> str:
    if type(one.amount) is not int or not 0 < one.amount <= AMOUNT_MAX:
        return "invalid_amount"
    if type(one.id) is not UUID or one.id.int & _UUID_VERSION != _UUID_VERSION_7:
        return "invalid_id"
    is_sound = (
        one.debit != one.credit
        and (one.op >= Op.CAPTURE) == (one.hold_id is not None)
        and (one.expires_at is None or one.op == Op.HOLD)
        and (one.reverses is None or one.op == Op.POST)
        and len(one.reference) <= REFERENCE_MAX
        and "\0" not in one.reference
        and (one.effective_at is None or _can_be_told(one.effective_at))
        and (one.expires_at is None or _can_be_told(one.expires_at))
    )
    return "" if is_sound else "invalid_transfer"


def _can_be_told(moment: datetime) -> bool:
    return moment.tzinfo is not None and TIME_MIN <= moment < TIME_END


def insert(batch: Collection[Transfer]) -> set[UUID]:
    """
    Insert a batch in one statement, whole or not at all.

    Return nothing if all is posted, or else the identifiers that exist already; then nothing is.

    :raises TransferRefused: if a rule refuses the batch
    """
    known = numbers.of_this_session()
    batch = sorted(batch, key=_KEY)  # who sends the same identifiers waits in this order, too
    try:
        return _insert(batch, known)
    except TransferRefused as refusal:
        if known.is_fresh or refusal.code not in _STALE:
            raise
    return _insert(batch, numbers.forget())


def lock_ahead(transfers: Collection[Transfer], *, patience: str) -> str:
    """
    Lock what transfers touch until the transaction ends; others are waited for so long from now on.

    Return how long others were waited for before. Names that do not exist have nothing to lock.
    """
    known = numbers.of_this_session()
    codes = {code for one in transfers for code in (one.debit, one.credit)}
    known.learn(accounts=codes, assets=(), reasons=())
    holds = {one.hold_id for one in transfers if one.hold_id is not None}
    reversed_ids = {one.reverses for one in transfers if one.reverses is not None}
    accounts = [known.accounts[code] for code in codes if code in known.accounts]
    parameters: list[Any] = [accounts, list(holds), list(reversed_ids), patience or "0"]
    with connections[DEFAULT_DB_ALIAS].cursor() as cursor:
        cursor.execute(_LOCK_AHEAD, parameters)
        (before,) = cursor.fetchone()
    return str(before)


def set_patience(patience: str) -> None:
    """Wait for others so long from now on, in this transaction."""
    with connections[DEFAULT_DB_ALIAS].cursor() as cursor:
        cursor.execute("SELECT set_config('lock_timeout', %s, true)", [patience])


def _insert(batch: Collection[Transfer], known: Numbers) -> set[UUID]:
    try:
        parameters = _parameters_of_one(next(iter(batch)), known) if len(batch) == 1 else None
        if parameters:
            statement = _POST_ONE
        else:
            statement, parameters = _POST_BATCH, _parameters(batch, known)
        why = known.cursor.execute(statement, parameters, binary=True).fetchall()[0][0]
    except psycopg.Error:
        with connections[DEFAULT_DB_ALIAS].wrap_database_errors:
            raise
    if why is None:
        return set()
    if why["rule"] == DUPLICATE:
        return set(map(UUID, why["transfers"]))
    transfer_id = UUID(why["transfer"]) if why["transfer"] else next(iter(batch)).id
    raise TransferRefused(Refused(transfer_id, why["account"], _code(why["rule"])))


def _code(rule: str) -> str:
    if rule.startswith("ledger_hold"):
        return "transfer_conflict"  # two holds of one identifier, posted at the same moment
    return CODES.get(rule, "invalid_transfer")


def _parameters_of_one(one: Transfer, known: Numbers) -> list[Any] | None:
    """Return the parameters of a plain post between known names; nothing for any other transfer."""
    if _MORE_THAN_PLAIN(one) != _PLAIN:
        return None
    try:
        debit_id, credit_id = known.accounts[one.debit], known.accounts[one.credit]
        asset_id, reason_id = known.assets[one.asset], known.reasons[one.reason]
    except KeyError:
        return None
    if not debit_id >> ASSET_BITS == credit_id >> ASSET_BITS == asset_id:
        return None
    known.is_fresh = False
    return [one.id, Int8(debit_id), Int8(credit_id), Int8(one.amount), Int2(reason_id)]


def _parameters(batch: Collection[Transfer], known: Numbers) -> list[Any]:
    """Return the columns of a batch; nothing at all for those where no transfer has a value."""
    (
        ids,
        debits,
        credit_codes,
        assets,
        amounts,
        reasons,
        ops,
        holds,
        reversed_ids,
        groups,
        references,
        expiries,
        effective_ats,
        metas,
    ) = zip(*map(_FIELDS, batch), strict=True)
    known.learn(accounts={*debits, *credit_codes}, assets=set(assets), reasons=set(reasons))
    try:
        debit_ids = [known.accounts[code] for code in debits]
        credit_ids = [known.accounts[code] for code in credit_codes]
        asset_ids = [known.assets[code] for code in assets]
        reason_ids = [known.reasons[name] for name in reasons]
    except KeyError:
        raise TransferRefused(_unknown_name(batch, known)) from None
    if not (
        [number >> ASSET_BITS for number in debit_ids]
        == [number >> ASSET_BITS for number in credit_ids]
        == asset_ids
    ):
        raise TransferRefused(_unknown_name(batch, known))
    return [
        columns.uuids(ids),
        columns.bigints(debit_ids),
        columns.bigints(credit_ids),
        columns.bigints(amounts),
        columns.smallints(reason_ids),
        columns.smallints(ops) if any(ops) else None,
        columns.uuids(holds) if any(holds) else None,
        columns.uuids(reversed_ids) if any(reversed_ids) else None,
        columns.uuids(groups) if any(groups) else None,
        list(references) if any(references) else None,
        list(effective_ats) if any(effective_ats) else None,
        list(expiries) if any(expiries) else None,
        None if metas.count(None) == len(metas) else [_json(meta) for meta in metas],
    ]


def _json(meta: Mapping[str, Any] | None) -> str | None:
    return None if meta is None else json.dumps(dict(meta))


def _unknown_name(batch: Iterable[Transfer], known: Numbers) -> Refused:
    """Return which transfer names something that does not exist, or exists in another asset."""
    for one in batch:
        asset = known.assets.get(one.asset)
        if asset is None:
            return Refused(one.id, None, "unknown_asset")
        for code in (one.debit, one.credit):
            if known.accounts.get(code, 0) >> ASSET_BITS != asset:
                return Refused(one.id, code, "unknown_account")
        if one.reason not in known.reasons:
            return Refused(one.id, None, "flow_not_allowed")
    raise AssertionError


def require_same_content(one: Transfer, recorded: PostedTransfer) -> None:
    """
    Check that a repetition says what was recorded.

    :raises TransferRefused: if it does not
    """
    meta = None if one.meta is None else json.loads(json.dumps(dict(one.meta)))
    is_same = (
        all(getattr(one, name) == getattr(recorded, name) for name in _CONTENT)
        and one.effective_at in {None, recorded.effective_at}
        and meta == recorded.meta
    )
    if not is_same:
        raise TransferRefused(Refused(one.id, None, "transfer_conflict"))
