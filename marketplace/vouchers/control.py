"""
What control looks for in applications. Pure: the same dossiers and rules give the same findings.

A dossier is what is known of one application; a finding names the rule, its version, and what shows
it. Nothing here refuses anybody: a finding waits for a person.
"""

import hashlib
import hmac
import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, Final

from marketplace.vouchers.control_contracts import (
    OF_CLAIMS,
    ControlCode,
    MarkKind,
    RuleOfControl,
)

# Marks that one person or account stands behind; an address alone may be an office tower's.
STRONG: Final = frozenset({MarkKind.CONTROLLER, MarkKind.ACCOUNT, MarkKind.PHONE})


@dataclass(frozen=True, slots=True)
class ContractFacts:
    """A contract that an application is for."""

    seller_uscc: str
    number: str
    signed_on: date
    amount_minor: int


@dataclass(frozen=True, slots=True)
class ListedDishonest:
    """An entry of a list of the dishonest; without an end it is still there."""

    listed_on: date
    removed_on: date | None
    source: str


@dataclass(frozen=True, slots=True)
class PartyFacts:
    """What is known of a party: its marks of a day, and who stands behind it."""

    uscc: str
    marks: frozenset[tuple[str, str]] = frozenset()  # kind and digest
    stakes: frozenset[str] = frozenset()  # by control and shareholding


@dataclass(frozen=True, slots=True)
class Dossier:
    """What is known of one application when it is looked at."""

    application: str
    programme_code: str
    amount_minor: int
    at: datetime
    applicant: PartyFacts
    contracts: tuple[ContractFacts, ...] = ()
    files: frozenset[str] = frozenset()  # SHA-256
    certificates: frozenset[str] = frozenset()
    dishonest: tuple[ListedDishonest, ...] = ()
    sellers: Mapping[str, PartyFacts] = field(default_factory=dict)
    supported_elsewhere: Mapping[str, str] = field(default_factory=dict)  # contract, by whom

    @property
    def keys(self) -> frozenset[str]:
        """Return what it can have in common with another dossier."""
        return frozenset(
            {
                f"party:{self.applicant.uscc}",
                *(f"mark:{kind}:{digest}" for kind, digest in self.applicant.marks),
                *(f"stake:{each}" for each in self.applicant.stakes),
                *(f"file:{each}" for each in self.files),
                *(f"certificate:{each}" for each in self.certificates),
                *(f"contract:{contract_key(self.applicant.uscc, c)}" for c in self.contracts),
                *(f"contract:{contract_key('', c, seller=True)}" for c in self.contracts),
            }
        )


@dataclass(frozen=True, slots=True)
class ControlFound:
    """What a rule found, and what shows it."""

    code: ControlCode
    rule: RuleOfControl
    subject: str  # the same for the same thing, so that it is found once
    evidence: Mapping[str, Any]


class ControlFile:
    """Dossiers, found by what they have in common."""

    def __init__(self, dossiers: Iterable[Dossier]) -> None:
        """Take the dossiers that are live; the one that is looked at may be among them."""
        self._by_key: dict[str, list[Dossier]] = {}
        for dossier in dossiers:
            for key in dossier.keys:
                self._by_key.setdefault(key, []).append(dossier)

    def sharing(self, dossier: Dossier, prefix: str) -> list[tuple[Dossier, list[str]]]:
        """Return the other dossiers that share keys of a kind, and which."""
        found: dict[str, tuple[Dossier, list[str]]] = {}
        for key in sorted(dossier.keys):
            if key.startswith(prefix):
                for other in self._by_key.get(key, ()):
                    if other.application != dossier.application:
                        found.setdefault(other.application, (other, []))[1].append(key)
        return [found[each] for each in sorted(found)]


def look(
    dossier: Dossier, others: ControlFile, rules: Sequence[RuleOfControl]
) -> list[ControlFound]:
    """Return everything that the rules find in a dossier, in the order of the rules."""
    return [
        ControlFound(ControlCode(rule.code), rule, subject, evidence)
        for rule in rules
        if rule.code not in OF_CLAIMS
        for subject, evidence in _FINDERS[ControlCode(rule.code)](dossier, others, rule.parameters)
    ]


def plain_text(text: str) -> str:
    """Return a text as it is compared: width, case, spaces and punctuation say nothing."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    return re.sub(r"[\W_]+", "", folded)


def contract_key(buyer_uscc: str, contract: ContractFacts, *, seller: bool = False) -> str:
    """Return what tells a contract from every other; of the seller's side, whoever the buyer is."""
    side = "seller" if seller else buyer_uscc
    return f"{side}|{contract.seller_uscc}|{plain_text(contract.number)}"


def fingerprint(secret: bytes, buyer_uscc: str, contract: ContractFacts) -> str:
    """
    Return the blinded fingerprint of a contract, for cities that agreed on a secret.

    It is the HMAC-SHA-256 of the two parties, the contract's number as it is compared, and the day
    of signing: equal for the same contract, and nothing to guess from without the secret.
    """
    said = f"{contract_key(buyer_uscc, contract)}|{contract.signed_on.isoformat()}"
    return hmac.new(secret, said.encode(), hashlib.sha256).hexdigest()


Found = Iterator[tuple[str, dict[str, Any]]]


def _related_supplier(dossier: Dossier, _others: ControlFile, _numbers: Mapping[str, int]) -> Found:
    """Yield sellers that are the applicant, or behind which stands who stands behind it."""
    mine = dossier.applicant
    for uscc in sorted({each.seller_uscc for each in dossier.contracts}):
        seller = dossier.sellers.get(uscc, PartyFacts(uscc))
        by = [f"{kind}" for kind, _digest in sorted(mine.marks & seller.marks)]
        stakes = sorted(mine.stakes & seller.stakes)
        if uscc == mine.uscc:
            by.insert(0, "SAME_PARTY")
        if stakes:
            by.append("CONTROL_OR_SHARES")
        if by:
            yield uscc, {"seller": uscc, "by": by, "through": stakes}


def _split_entity(dossier: Dossier, others: ControlFile, numbers: Mapping[str, int]) -> Found:
    """Yield others of the same controller, account, telephone, address or owner."""
    since = dossier.at - timedelta(days=numbers["days"])
    linked: dict[str, tuple[Dossier, set[str]]] = {}
    for prefix in ("mark:", "stake:"):
        for other, keys in others.sharing(dossier, prefix):
            is_beside = (
                other.programme_code == dossier.programme_code
                and other.applicant.uscc != dossier.applicant.uscc
                and since <= other.at <= dossier.at + timedelta(days=numbers["days"])
            )
            if is_beside:
                linked.setdefault(other.application, (other, set()))[1].update(
                    key.split(":")[1] if prefix == "mark:" else "CONTROL_OR_SHARES" for key in keys
                )
    telling = {
        number: (other, by)
        for number, (other, by) in linked.items()
        if by & {*STRONG, "CONTROL_OR_SHARES"} or len(by) > 1
    }
    at_one_place = len(linked) + 1 >= numbers["at_one_address"]
    found = linked if at_one_place else telling
    if found:
        parties = sorted({other.applicant.uscc for other, _by in found.values()})
        yield (
            " ".join(parties),
            {
                "applications": sorted(found),
                "parties": parties,
                "by": sorted({name for _other, by in found.values() for name in by}),
            },
        )


def _split_order(dossier: Dossier, others: ControlFile, numbers: Mapping[str, int]) -> Found:
    """Yield sellers with whom the applicant signed many contracts in few days."""
    mine = f"party:{dossier.applicant.uscc}"
    # One contract counts once, however many applications name it.
    signed: dict[str, dict[str, tuple[date, int, str]]] = {}
    beside = [other for other, _keys in others.sharing(dossier, mine)]
    for each in (dossier, *beside):
        if each.programme_code == dossier.programme_code:
            for contract in each.contracts:
                row = (contract.signed_on, contract.amount_minor, each.application)
                of_seller = signed.setdefault(contract.seller_uscc, {})
                of_seller.setdefault(plain_text(contract.number), row)
    for seller in sorted({each.seller_uscc for each in dossier.contracts}):
        rows = sorted(signed[seller].values())
        near = _densest(rows, timedelta(days=numbers["days"]))
        if len(near) >= numbers["contracts"]:
            yield (
                seller,
                {
                    "seller": seller,
                    "contracts": len(near),
                    "amount_minor": sum(amount for _day, amount, _of in near),
                    "from": near[0][0].isoformat(),
                    "until": near[-1][0].isoformat(),
                    "applications": sorted({of for _day, _amount, of in near}),
                },
            )


def _densest(
    rows: Sequence[tuple[date, int, str]], span: timedelta
) -> Sequence[tuple[date, int, str]]:
    best: Sequence[tuple[date, int, str]] = ()
    start = 0
    for stop in range(len(rows)):
        while rows[stop][0] - rows[start][0] > span:
            start += 1
        if stop + 1 - start > len(best):
            best = rows[start : stop + 1]
    return best


def _double_subsidy(dossier: Dossier, others: ControlFile, _numbers: Mapping[str, int]) -> Found:
    """Yield who supported the same contract: another application, or another city."""
    prefix = f"contract:{dossier.applicant.uscc}|"
    for other, keys in others.sharing(dossier, prefix):
        yield (
            other.application,
            {
                "application": other.application,
                "programme": other.programme_code,
                "contracts": [key.removeprefix("contract:") for key in keys],
            },
        )
    for contract in dossier.contracts:
        key = contract_key(dossier.applicant.uscc, contract)
        if key in dossier.supported_elsewhere:
            yield key, {"contracts": [key], "city": dossier.supported_elsewhere[key]}


def _both_claim(dossier: Dossier, others: ControlFile, _numbers: Mapping[str, int]) -> Found:
    """Yield applications in which the other side asks for support of the contract."""
    for other, keys in others.sharing(dossier, "contract:seller|"):
        parties = {other.applicant.uscc, dossier.applicant.uscc}
        sellers = {each.seller_uscc for each in (*dossier.contracts, *other.contracts)}
        if len(parties) == 2 and parties & sellers:
            yield (
                other.application,
                {
                    "application": other.application,
                    "party": other.applicant.uscc,
                    "contracts": [key.removeprefix("contract:") for key in keys],
                },
            )


def _used_twice(prefix: str) -> "Finder":
    def find(dossier: Dossier, others: ControlFile, _numbers: Mapping[str, int]) -> Found:
        for other, keys in others.sharing(dossier, prefix):
            if other.applicant.uscc != dossier.applicant.uscc:
                yield (
                    other.application,
                    {
                        "application": other.application,
                        "party": other.applicant.uscc,
                        "what": [key.removeprefix(prefix) for key in keys],
                    },
                )

    return find


def _dishonest(dossier: Dossier, _others: ControlFile, numbers: Mapping[str, int]) -> Found:
    """Yield entries on lists of the dishonest that are there, or were not long ago."""
    today = dossier.at.date()
    for entry in dossier.dishonest:
        ended = entry.removed_on
        is_near = ended is None or (today - ended).days <= numbers["days_after"]
        if entry.listed_on <= today and is_near:
            yield (
                f"{entry.source} {entry.listed_on}",
                {
                    "source": entry.source,
                    "listed_on": entry.listed_on.isoformat(),
                    "removed_on": None if ended is None else ended.isoformat(),
                },
            )


Finder = Callable[[Dossier, ControlFile, Mapping[str, int]], Found]
_FINDERS: Final[Mapping[ControlCode, Finder]] = {
    ControlCode.RELATED_SUPPLIER: _related_supplier,
    ControlCode.SPLIT_ENTITY: _split_entity,
    ControlCode.SPLIT_ORDER: _split_order,
    ControlCode.DOUBLE_SUBSIDY: _double_subsidy,
    ControlCode.BOTH_CLAIM: _both_claim,
    ControlCode.FILE_TWICE: _used_twice("file:"),
    ControlCode.CERTIFICATE_TWICE: _used_twice("certificate:"),
    ControlCode.DISHONEST: _dishonest,
}


def drawn(seed: bytes, names: Iterable[str], *, count: int) -> list[str]:
    """
    Return a sample that anybody can draw again who knows the seed and the names.

    The names are sorted by the SHA-256 of seed and name; the first ones are drawn.
    """
    return sorted(
        set(names), key=lambda name: (hashlib.sha256(seed + name.encode()).digest(), name)
    )[: max(0, count)]


def commitment(seed: bytes) -> str:
    """Return what is published before the names are known: the seed cannot be changed after."""
    return hashlib.sha256(b"suanpan sample:" + seed).hexdigest()


def digest_of(kind: str, value: str, *, secret: str) -> str:
    """Return a mark as it is kept: equal for equal marks, and nothing to read it from."""
    said = f"{kind}|{plain_text(value)}"
    return hmac.new(secret.encode(), said.encode(), hashlib.sha256).hexdigest()


def masked_mark(value: str) -> str:
    """Return as much of a mark as people need to know it again."""
    text = value.strip()
    return f"{text[:2]}…{text[-2:]}" if len(text) > 4 else "…"
