"""A round as the document that is sealed, verified and published: no names in it. Pure."""

from collections.abc import Mapping
from typing import Any, Final

from common.canonical import plain
from marketplace.rounds import puzzles, sealing, terms
from marketplace.rounds.packing import RoundAnswer, answer_document, pays
from marketplace.rounds.pricing import NAME as RULE
from marketplace.rounds.selectors.supply import RoundCase

FORMAT: Final = "suanpan-round/1"
SEAL: Final = "rounds.seal"  # the kind under which the ledger's log has it
SEAL_FORM: Final = 1


def seal_of(row: Any) -> dict[str, str]:
    """Return what is sealed of a round before it is decided; the log has its SHA-256."""
    return {
        "number": row.number,
        "seed_hash": row.seed_hash,
        "order_root": row.order_root,
        "input_hash": row.input_hash,
    }


def orders_of(case: RoundCase) -> list[dict[str, Any]]:
    """Return the orders that take part, by their numbers: the leaves of the tree."""
    found = sorted(case.orders, key=lambda each: each.tag)
    return [
        {"tag": each.tag, "placed_at": plain(each.placed_at), "terms": _anonymous(each.terms)}
        for each in found
    ]


def sealed(case: RoundCase, *, seed: str, seed_hash: str, number: str) -> dict[str, Any]:
    """Return what decides a round, before it is decided; its hash is told then."""
    orders = orders_of(case)
    return {
        "format": FORMAT,
        "rule": RULE,
        "number": number,
        "seed": seed,
        "seed_hash": seed_hash,
        "resource_class": case.terms.resource_class,
        "hubs": list(case.terms.hubs),
        "delivers_from": plain(case.terms.delivers_from),
        "delivers_until": plain(case.terms.delivers_until),
        "order_root": sealing.root(orders),
        "orders": orders,
        "tags": [each.tag for each in case.orders],
        "turns": [terms.document_of(each) for each in case.turns],
        "listings": puzzles.as_document(case.supply, case.puzzle.bins),
        "priced": [terms.document_of(each) for each in case.priced],
        "puzzle": terms.document_of(case.puzzle),
        "left_out": {str(each.tag): case.left_out[each.pk] for each in case.aside},
    }


def decided(
    sealed_as: Mapping[str, Any],
    answer: RoundAnswer,
    *,
    reasons: Mapping[int, str],
    late: Mapping[int, str],
) -> dict[str, Any]:
    """Return the whole document of a round that was decided."""
    return {
        **sealed_as,
        "answer": answer_document(answer),
        "group_prices": _group_prices(sealed_as, answer),
        "reasons": {str(tag): reasons[tag] for tag in sorted(reasons)},
        "late": {str(tag): late[tag] for tag in sorted(late)},
    }


def _group_prices(sealed_as: Mapping[str, Any], answer: RoundAnswer) -> list[list[int]]:
    """Return what costs less than the one price: number of the order, place of the listing, fen."""
    if answer.price is None or sealed_as["rule"] != RULE:
        return []
    puzzle = terms.puzzle(sealed_as["puzzle"])
    found = []
    for each in answer.placed:
        choice = puzzle.orders[each.order].choices[each.choice]
        for bin_, _units in each.parts:
            own = pays(puzzle, choice, bin_, answer.price)
            if own != answer.price:
                found.append([sealed_as["tags"][each.order], bin_, own])
    return found


def _anonymous(asked: Mapping[str, Any]) -> dict[str, Any]:
    return {name: asked[name] for name in ("options", "limit_minor")}
