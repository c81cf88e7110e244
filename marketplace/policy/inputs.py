"""
What a run decides on, as values and as lines of text whose hash is the root of its inputs. Pure.

Enterprises that buy have keys in place of names; suppliers are known by their credit code, since
programmes list them by it. Every line of text stands in the run's file as it was hashed.
"""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Final
from uuid import UUID

from identity.contracts import SME_KINDS, CertificateKind, EnterpriseClass, EnterpriseSize

PARTIES: Final = "parties.csv"
APPLICATIONS: Final = "applications.csv"
CONTRACTS: Final = "contracts.csv"
CHARGES: Final = "charges.csv"
HEADS: Final = {
    PARTIES: "key,uscc,region,industry,size,certificates",
    APPLICATIONS: "key,party,at,day,amount_minor",
    CONTRACTS: "key,buyer,supplier,ordered_at,resource_class,form,is_related,supported_by,case",
    CHARGES: "contract,at,day,gross_minor",
}


@dataclass(frozen=True, slots=True)
class TriedCertificate:
    """A certificate and the days on which it was valid; the last one is the first not."""

    kind: str
    first: date
    last: date


@dataclass(frozen=True, slots=True)
class TriedParty:
    """An enterprise as a run sees it."""

    key: str
    uscc: str
    region: str
    industry: str
    size: str
    certificates: tuple[TriedCertificate, ...] = ()
    id: UUID | None = None

    def held(self, day: date) -> tuple[str, ...]:
        """Return the kinds of certificates that were valid on a day."""
        return tuple(
            sorted({each.kind for each in self.certificates if each.first <= day < each.last})
        )

    def beneficiary(self, day: date) -> str:
        """Return the class that counts on a day: young before small, and large if nobody knows."""
        held = self.held(day)
        if CertificateKind.START_UP in held:
            return EnterpriseClass.STARTUP.value
        is_small = bool(self.size) and self.size != EnterpriseSize.LARGE
        if is_small or not SME_KINDS.isdisjoint(held):
            return EnterpriseClass.SME.value
        return EnterpriseClass.STANDARD.value

    @property
    def line(self) -> str:
        """Return it as it is hashed."""
        held = ";".join(f"{each.kind}:{each.first}:{each.last}" for each in self.certificates)
        return f"{self.key},{self.uscc},{self.region},{self.industry},{self.size},{held}"


@dataclass(frozen=True, slots=True)
class TriedApplication:
    """What somebody applied for."""

    key: str
    party: TriedParty
    at: datetime
    day: date
    amount_minor: int

    @property
    def line(self) -> str:
        """Return it as it is hashed."""
        return f"{self.key},{self.party.key},{text_of(self.at)},{self.day},{self.amount_minor}"


@dataclass(frozen=True, slots=True)
class TriedContract:
    """An order that was delivered, and what control knows of it."""

    key: str
    buyer: TriedParty
    supplier: TriedParty
    ordered_at: datetime
    resource_class: str
    form: str
    is_related: bool = False
    supported_by: tuple[str, ...] = ()  # programmes that paid for it then
    case: str = ""  # the pattern of a case that rests on it

    @property
    def line(self) -> str:
        """Return it as it is hashed."""
        return ",".join(
            (
                self.key,
                self.buyer.key,
                self.supplier.key,
                text_of(self.ordered_at),
                self.resource_class,
                self.form,
                str(int(self.is_related)),
                ";".join(self.supported_by),
                self.case,
            )
        )


@dataclass(frozen=True, slots=True)
class TriedCharge:
    """What a contract was charged for a window of use; less than nothing if it was corrected."""

    contract: TriedContract
    at: datetime
    day: date
    gross_minor: int

    @property
    def line(self) -> str:
        """Return it as it is hashed."""
        return f"{self.contract.key},{text_of(self.at)},{self.day},{self.gross_minor}"


Tried = TriedApplication | TriedCharge


class InputLines:
    """The lines of one file of inputs, hashed as they pass."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.rows = 0
        self._hash = hashlib.sha256()
        self.head = self._said(HEADS[name])

    def _said(self, line: str) -> bytes:
        text = f"{line}\n".encode()
        self._hash.update(text)
        return text

    def add(self, line: str) -> bytes:
        """Count a line; return the bytes that stand in the file."""
        self.rows += 1
        return self._said(line)

    def of(self, lines: Iterable[str]) -> Iterator[bytes]:
        """Yield a whole file."""
        yield self.head
        for line in lines:
            yield self.add(line)

    @property
    def sha256(self) -> str:
        """Return the hash of what has passed."""
        return self._hash.hexdigest()


def inputs_root_of(files: Iterable[InputLines]) -> str:
    """Return the root of a run's inputs: the hash of the names and hashes of its files."""
    said = "".join(f"{each.name} {each.sha256}\n" for each in sorted(files, key=_name))
    return hashlib.sha256(said.encode()).hexdigest()


def _name(lines: InputLines) -> str:
    return lines.name


def text_of(moment: datetime) -> str:
    """Return a moment as it is hashed."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")
