"""Applications as they may come in: honest ones, and frauds of every kind among them, seeded."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any

from marketplace.vouchers.control import (
    ContractFacts,
    Dossier,
    ListedDishonest,
    PartyFacts,
    contract_key,
)
from marketplace.vouchers.control_contracts import ControlCode, MarkKind

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
SELLERS = 40
C = ControlCode


@dataclass(frozen=True)
class Sample:
    dossiers: list[Dossier]
    frauds: dict[str, ControlCode]  # by application: what it is


def uscc(random: Random) -> str:
    return "".join(random.choices("0123456789ABCDEFGHJKLMNPQRTUWXY", k=18))


def mark(kind: MarkKind, random: Random) -> tuple[str, str]:
    return kind.value, f"{random.getrandbits(128):032x}"


class Town:
    """Enterprises, sellers and what they sign; every draw is of one seed."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)  # noqa: S311 - samples, no secrets
        self.sellers = [self.party() for _n in range(SELLERS)]
        self.count = 0

    def party(self, **facts: Any) -> PartyFacts:
        wanted = {
            "uscc": uscc(self.random),
            "marks": frozenset(mark(kind, self.random) for kind in MarkKind),
        }
        return PartyFacts(**wanted | facts)

    def contract(self, seller: PartyFacts, **facts: Any) -> ContractFacts:
        signed = date(2026, 1, 1) + timedelta(days=self.random.randrange(300))
        wanted = {
            "seller_uscc": seller.uscc,
            "number": f"HT-{self.random.randrange(100_000):05d}",  # Sellers count each from one.
            "signed_on": signed,
            "amount_minor": self.random.randrange(1, 1_000) * 10_000,
        }
        return ContractFacts(**wanted | facts)

    def dossier(self, applicant: PartyFacts | None = None, **facts: Any) -> Dossier:
        self.count += 1
        seller = self.random.choice(self.sellers)
        wanted: dict[str, Any] = {
            "application": f"A-{self.count:05d}",
            "programme_code": self.random.choice(("CITY", "PARK", "LAND")),
            "amount_minor": self.random.randrange(1, 500) * 10_000,
            "at": NOON - timedelta(hours=self.random.randrange(24 * 300)),
            "applicant": applicant or self.party(),
            "contracts": (self.contract(seller),),
            "files": frozenset({f"{self.random.getrandbits(256):064x}"}),
            "certificates": frozenset({f"SME-{self.count:06d}"}),
        }
        made = Dossier(**wanted | facts)
        known = {each.uscc: each for each in self.sellers}
        sold = {each.seller_uscc for each in made.contracts} & known.keys()
        return replace(made, sellers={key: known[key] for key in sold} | dict(made.sellers))


def sample(honest: int, frauds: int, *, seed: int) -> Sample:
    """Return so many honest applications and frauds, in an order that says nothing."""
    town = Town(seed)
    dossiers = [_honest(town, number) for number in range(honest)]
    found: dict[str, ControlCode] = {}
    makers = list(FRAUDS.items())
    while len(found) < frauds:
        code, make = makers[len(found) % len(makers)]
        made = list(make(town, dossiers))
        dossiers += made
        found[made[-1].application] = code
    town.random.shuffle(dossiers)
    return Sample(dossiers, found)


def _honest(town: Town, number: int) -> Dossier:
    """Return an honest one; some look odd without being it."""
    kind = number % 50
    if kind == 1:  # The same tower as one neighbour.
        address = ("ADDRESS", f"tower {number // 100}")
        party = town.party()
        return town.dossier(replace(party, marks=frozenset({*list(party.marks)[1:], address})))
    if kind == 2:  # An entry that was removed long ago.
        entry = ListedDishonest(date(2018, 1, 1), date(2019, 1, 1), "court")
        return town.dossier(dishonest=(entry,))
    if kind == 3:  # A second contract with the same seller, months later.
        seller = town.sellers[0]
        signed = date(2026, 2, 1)
        two = (
            town.contract(seller, signed_on=signed),
            town.contract(seller, signed_on=signed + timedelta(days=90)),
        )
        return town.dossier(contracts=two)
    return town.dossier()


def written_otherwise(number: str) -> str:
    """Return a contract's number as somebody writes it who hopes that it is not known again."""
    return (
        number.lower()
        .replace("-", " — ")
        .translate(str.maketrans("0123456789", "０１２３４５６７８９"))
    )


def _related(town: Town, _dossiers: list[Dossier]) -> Iterator[Dossier]:
    seller = town.random.choice(town.sellers)
    applicant = town.party()
    if town.random.random() < 0.5:
        shared = next(each for each in sorted(seller.marks) if each[0] != "ADDRESS")
        applicant = replace(applicant, marks=applicant.marks | {shared})
        yield town.dossier(applicant, contracts=(town.contract(seller),))
    else:
        holder = f"holder {town.count}"
        applicant = replace(applicant, stakes=frozenset({holder}))
        owned = replace(seller, stakes=frozenset({holder}))
        contract = town.contract(seller)
        yield town.dossier(applicant, contracts=(contract,), sellers={seller.uscc: owned})


def _split_entity(town: Town, _dossiers: list[Dossier]) -> Iterator[Dossier]:
    kind = town.random.choice((MarkKind.CONTROLLER, MarkKind.ACCOUNT, MarkKind.PHONE))
    shared = mark(kind, town.random)
    for _n in range(3):
        party = town.party()
        kept = {each for each in party.marks if each[0] != kind}
        party = replace(party, marks=frozenset({*kept, shared}))
        at = NOON - timedelta(days=town.random.randrange(20))
        yield town.dossier(party, programme_code="CITY", at=at)


def _split_order(town: Town, _dossiers: list[Dossier]) -> Iterator[Dossier]:
    applicant, seller = town.party(), town.random.choice(town.sellers)
    signed = date(2026, 5, 1)
    for day in range(4):
        contract = town.contract(seller, signed_on=signed + timedelta(days=day))
        yield town.dossier(applicant, contracts=(contract,), programme_code="CITY")


def _double(town: Town, _dossiers: list[Dossier]) -> Iterator[Dossier]:
    first = town.dossier(programme_code="CITY")
    (contract,) = first.contracts
    if town.random.random() < 0.3:  # Another city supported it.
        key = contract_key(first.applicant.uscc, contract)
        yield replace(first, supported_elsewhere={key: "Hangzhou"})
        return
    yield first
    again = replace(contract, number=written_otherwise(contract.number))
    yield town.dossier(first.applicant, contracts=(again,), programme_code="LAND")


def _both(town: Town, _dossiers: list[Dossier]) -> Iterator[Dossier]:
    seller = town.random.choice(town.sellers)
    contract = town.contract(seller)
    yield town.dossier(seller, contracts=(contract,))
    again = replace(contract, number=written_otherwise(contract.number))
    yield town.dossier(contracts=(again,))


def _file(town: Town, dossiers: list[Dossier]) -> Iterator[Dossier]:
    yield town.dossier(files=town.random.choice(dossiers).files)


def _certificate(town: Town, dossiers: list[Dossier]) -> Iterator[Dossier]:
    yield town.dossier(certificates=town.random.choice(dossiers).certificates)


def _dishonest(town: Town, _dossiers: list[Dossier]) -> Iterator[Dossier]:
    removed = town.random.choice((None, date(2026, 9, 1)))
    yield town.dossier(dishonest=(ListedDishonest(date(2025, 3, 1), removed, "court"),), at=NOON)


FRAUDS = {
    C.RELATED_SUPPLIER: _related,
    C.SPLIT_ENTITY: _split_entity,
    C.SPLIT_ORDER: _split_order,
    C.DOUBLE_SUBSIDY: _double,
    C.BOTH_CLAIM: _both,
    C.FILE_TWICE: _file,
    C.CERTIFICATE_TWICE: _certificate,
    C.DISHONEST: _dishonest,
}
