"""
What version 2 of a programme's rules says, and the facts about parties that it asks for.

The members of a published rule stand here one by one; `programme_2` reads them.
"""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class PayMode(TextChoices):
    """When a programme pays: at clearing, afterwards, or as the beneficiary chooses."""

    OFFSET = "OFFSET", _("Offset at clearing")
    EX_POST = "EX_POST", _("Reimbursed afterwards")
    BOTH = "BOTH", _("Offset at clearing or reimbursed afterwards")


class ChipOrigin(TextChoices):
    """Where a chip was designed, as programmes tell them apart."""

    DOMESTIC = "DOMESTIC", _("Domestic chips")
    OTHER = "OTHER", _("Other chips")


class Size(TextChoices):
    """The size of an enterprise."""

    MICRO = "MICRO", _("Micro")
    SMALL = "SMALL", _("Small")
    MEDIUM = "MEDIUM", _("Medium")
    LARGE = "LARGE", _("Large")


class Payee(TextChoices):
    """Whom a programme pays."""

    BUYER = "BUYER", _("The buyer")
    PROVIDER = "PROVIDER", _("The provider")
    EITHER = "EITHER", _("The buyer or the provider")


class EvidenceKind(TextChoices):
    """What a claim must bring."""

    CONTRACT = "CONTRACT", _("Contract")
    INVOICE = "INVOICE", _("Invoice")
    PAYMENT_PROOF = "PAYMENT_PROOF", _("Proof of payment")
    METERING = "METERING", _("Readings of use")
    ELECTRICITY = "ELECTRICITY", _("Use of electricity")
    THIRD_PARTY = "THIRD_PARTY", _("Report of a third party")


class ClawBackGround(TextChoices):
    """Why what was paid may be taken back."""

    FALSE_EVIDENCE = "FALSE_EVIDENCE", _("False evidence")
    DOUBLE_SUBSIDY = "DOUBLE_SUBSIDY", _("The same contract was supported twice")
    RELATED_PARTY = "RELATED_PARTY", _("Buyer and provider are related")
    NOT_USED = "NOT_USED", _("What was paid for was not used")
    DISHONESTY = "DISHONESTY", _("The beneficiary was listed as dishonest")


class LimitKind(TextChoices):
    """The limits of a programme that cut a cover, one after the other."""

    PER_ORDER_CAP = "PER_ORDER_CAP", _("the programme's cap per order")
    ENTITY_YEAR_CAP = "ENTITY_YEAR_CAP", _("the programme's cap per entity and year")
    PROGRAMME_CAP = "PROGRAMME_CAP", _("what is left of the whole programme")
    WINDOW_CAP = "WINDOW_CAP", _("what is left of the application window")


@dataclass(frozen=True, slots=True)
class Clause:
    """Where a rule is written: the number of the clause, its text, and the document."""

    number: str
    text: str
    source: str


@dataclass(frozen=True, slots=True)
class IssuingOffice:
    """The authority whose programme it is, as the document names it."""

    name: str
    name_en: str


@dataclass(frozen=True, slots=True)
class BudgetPart:
    """Money for a year, or for a quarter of it."""

    year: int
    quarter: int | None
    amount_minor: int


@dataclass(frozen=True, slots=True)
class ApplicationWindow:
    """When applications are taken, and how much may be granted on them; empty ends are open."""

    opens: datetime | None
    closes: datetime | None
    cap_minor: int | None


@dataclass(frozen=True, slots=True)
class Regions:
    """Codes of GB/T 2260, read by the table of a day; a city holds its districts."""

    table: date
    codes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Beneficiaries:
    """Who may get support; nothing said is everybody. Of certificates, one is enough."""

    regions: Regions | None
    sizes: tuple[str, ...] | None
    industries: tuple[str, ...] | None
    classes: tuple[str, ...] | None
    certificates: tuple[str, ...]
    clean_years: int
    incubated_makers: bool


@dataclass(frozen=True, slots=True)
class Scope:
    """What is supported, and when it was contracted and paid; the ends are the first day not."""

    classes: tuple[str, ...] | None
    forms: tuple[str, ...] | None
    origins: tuple[str, ...] | None
    contracts_from: datetime | None
    contracts_until: datetime | None
    paid_from: datetime | None
    paid_until: datetime | None


@dataclass(frozen=True, slots=True)
class Suppliers:
    """Who may supply: as large in computing power or in racks, listed, and no relation."""

    listed: tuple[str, ...] | None
    pflops_min: int | None
    racks_min: int | None
    unrelated: bool


@dataclass(frozen=True, slots=True)
class ProgrammeLimits:
    """The caps of a programme, and the order in which they cut."""

    order: tuple[str, ...]
    per_order_minor: int | None
    per_entity_year_minor: int | None
    programme_minor: int | None


@dataclass(frozen=True, slots=True)
class Stacking:
    """Whether other programmes may pay for the same order, and which never may."""

    combines: bool
    excludes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ClawBackTerms:
    """For how long what was paid may be taken back, and why."""

    within_days: int | None
    grounds: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class OriginRate:
    """The share of one class of compute on chips of an origin, for a class of beneficiary."""

    beneficiary: str
    resource_class: str
    chip_origin: str
    share: Decimal


@dataclass(frozen=True, slots=True)
class PayingOffice:
    """Who pays, and which share of it."""

    source: str
    share: Decimal


@dataclass(frozen=True, slots=True)
class ProgrammeTerms:
    """Every member of version 2, with the clause that says it."""

    clauses: dict[str, Clause]
    issuer: IssuingOffice
    funding: tuple[PayingOffice, ...]
    budget: tuple[BudgetPart, ...]
    windows: tuple[ApplicationWindow, ...]
    mode: str
    beneficiaries: Beneficiaries
    eligible_lines: tuple[str, ...]
    scope: Scope
    suppliers: Suppliers
    rates: tuple[OriginRate, ...]
    limits: ProgrammeLimits
    stacking: Stacking
    validity_days: int
    payee: str
    evidence: tuple[str, ...]
    publicity_days: int
    claw_back: ClawBackTerms


@dataclass(frozen=True, slots=True)
class HolderFacts:
    """What is known of a beneficiary at a moment; None is unknown, never no."""

    region: str | None = None
    size: str | None = None
    industry: str | None = None
    classes: tuple[str, ...] | None = None
    certificates: tuple[str, ...] | None = None
    clean_years: int | None = None
    is_incubated: bool | None = None


@dataclass(frozen=True, slots=True)
class SupplierFacts:
    """What is known of a supplier's size; None is unknown."""

    pflops: int | None = None
    racks: int | None = None
