"""
Programmes as a public list knows them, made into drafts: what the list says, and nothing else.

An entry says a place, its GB/T 2260 code, a name, and some figures. What it leaves empty stays
unset, so that a draft tells what is missing before anybody can publish it. Pure.
"""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any, Final

from marketplace.vouchers.contracts import ANY
from marketplace.vouchers.programme_2 import SCHEMA
from marketplace.vouchers.terms import PayMode

MARKS: Final = frozenset({"place", "gbt2260", "name"})
FEN: Final = 100
MODES: Final = {
    "offset": PayMode.OFFSET,
    "ex_post": PayMode.EX_POST,
    "mixed": PayMode.BOTH,
    "offset_or_reward": PayMode.BOTH,
}
# Whom a rate of the list is for; rates for what rules cannot tell apart are left unset.
RATES: Final = {
    "std": {},
    "startup": {"beneficiary": "STARTUP"},
    "domestic": {"chip_origin": "DOMESTIC"},
    "other": {"chip_origin": "OTHER"},
}


def is_listed(data: object) -> bool:
    """Tell whether an entry is one of the public list."""
    return isinstance(data, Mapping) and data.keys() >= MARKS


def envelope(entry: Mapping[str, Any]) -> dict[str, Any]:
    """Return an entry of the public list as a file of a draft says it."""
    rules = dict(_members(entry))
    clause = {"number": "", "text": "", "source": entry["name"]}
    return {
        "code": f"P{entry['gbt2260']}",
        "name": f"{entry['place']} {entry['name']}",
        "name_en": "",
        "region": entry["gbt2260"],
        "source": entry["name"],
        "rules": {"schema": SCHEMA, **rules, "clauses": dict.fromkeys(rules, clause)},
        "examples": [],
    }


def _members(entry: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Yield the members that an entry has a figure for."""
    if entry.get("mode") in MODES:
        yield "mode", MODES[entry["mode"]].value
    if rates := list(_rates(entry.get("rate"))):
        yield "rates", rates
    limits, pool = {}, entry.get("pool_cny")
    if entry.get("cap_per_entity_year_cny") is not None:
        limits["per_entity_year_minor"] = _fen(entry["cap_per_entity_year_cny"])
    if isinstance(pool, Mapping):
        yield (
            "budget",
            [
                {"year": int(year), "quarter": None, "amount_minor": _fen(amount)}
                for year, amount in pool.items()
            ],
        )
    elif pool is not None:
        limits["programme_minor"] = _fen(pool)
    if limits:
        yield "limits", limits


def _rates(said: object) -> Iterator[dict[str, str]]:
    shares = {"std": said} if isinstance(said, str) else said
    if not isinstance(shares, Mapping):
        return
    everybody = {"beneficiary": ANY, "resource_class": ANY, "chip_origin": ANY}
    for name, share in shares.items():
        if name in RATES:
            yield everybody | RATES[name] | {"share": share}


def _fen(yuan: object) -> int:
    return int(Decimal(str(yuan)) * FEN)
