"""What other rooms see of voucher programmes and vouchers."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Final
from uuid import UUID

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from common.errors import InvalidInput, NotFound, Refusal
from common.reviews import NotClosable
from marketplace.vouchers.terms import HolderFacts, ProgrammeTerms, SupplierFacts

ANY: Final = "ANY"
# What takes two people of the issuer.
PROGRAMME_KIND: Final = "vouchers.programme"
VERSION_KIND: Final = "vouchers.programme_version"
FUNDING_KIND: Final = "vouchers.funding"


class Mode(TextChoices):
    """When a programme pays."""

    OFFSET = "OFFSET", _("Offset at clearing")
    EX_POST = "EX_POST", _("Reimbursed afterwards")


class Beneficiary(TextChoices):
    """What an applicant counts as; programmes pay some classes a higher rate."""

    SME = "SME", _("SME")
    STARTUP = "STARTUP", _("Start-up")
    STANDARD = "STANDARD", _("Other enterprise")


class LineKind(TextChoices):
    """What a line of a price is for, as programmes tell them apart."""

    COMPUTE = "COMPUTE", _("Compute")
    STORAGE = "STORAGE", _("Storage")
    NETWORK = "NETWORK", _("Network")
    SECURITY = "SECURITY", _("Security")


class ApplicationState(TextChoices):
    """Where an application stands."""

    DRAFT = "DRAFT", _("Draft")
    APPLIED = "APPLIED", _("Applied")
    EVIDENCE_ASKED = "EVIDENCE_ASKED", _("More evidence asked for")
    REVIEWED = "REVIEWED", _("Reviewed")
    PUBLISHED = "PUBLISHED", _("Open to objections")
    APPROVED = "APPROVED", _("Approved")
    ISSUED = "ISSUED", _("Issued")
    REJECTED = "REJECTED", _("Rejected")
    WITHDRAWN = "WITHDRAWN", _("Withdrawn")
    EXPIRED = "EXPIRED", _("Expired")
    REVOKED = "REVOKED", _("Revoked")


class LifeStep(TextChoices):
    """What moves an application on."""

    SUBMIT = "SUBMIT", _("Submitted")
    ASK = "ASK", _("More evidence asked for")
    ANSWER = "ANSWER", _("Evidence added")
    REVIEW = "REVIEW", _("Reviewed")
    RETURN = "RETURN", _("Sent back to the review")
    PUBLISH = "PUBLISH", _("Opened to objections")
    APPROVE = "APPROVE", _("Approved")
    ISSUE = "ISSUE", _("Voucher issued")
    REJECT = "REJECT", _("Rejected")
    WITHDRAW = "WITHDRAW", _("Withdrawn")
    EXPIRE = "EXPIRE", _("Expired")
    REVOKE = "REVOKE", _("Approval revoked")


class CheckOutcome(TextChoices):
    """What the automatic check found for one rule."""

    MET = "MET", _("Met")
    NOT_MET = "NOT_MET", _("Not met")
    UNKNOWN = "UNKNOWN", _("Unknown")


class ObjectionState(TextChoices):
    """What became of an objection."""

    OPEN = "OPEN", _("Open")
    UPHELD = "UPHELD", _("Upheld")
    DISMISSED = "DISMISSED", _("Dismissed")


class VoucherState(TextChoices):
    """What has become of a voucher."""

    ACTIVE = "ACTIVE", _("Active")
    EXHAUSTED = "EXHAUSTED", _("Used up")
    EXPIRED = "EXPIRED", _("Expired")
    CLAWED_BACK = "CLAWED_BACK", _("Clawed back")


class Decision(StrEnum):
    """What an officer may decide on an application; who sends it back wants more first."""

    APPROVE = "APPROVE"
    SEND_BACK = "SEND_BACK"
    REJECT = "REJECT"


class CoverLimit(TextChoices):
    """What kept a cover from being larger."""

    RATE = "RATE", _("the programme's rate")
    PER_ORDER_CAP = "PER_ORDER_CAP", _("the programme's cap per order")
    ENTITY_YEAR_CAP = "ENTITY_YEAR_CAP", _("the programme's cap per entity and year")
    BALANCE = "BALANCE", _("what was left on the voucher")
    PROGRAMME_CAP = "PROGRAMME_CAP", _("what is left of the whole programme")
    WINDOW_CAP = "WINDOW_CAP", _("what is left of the application window")


class Unfit(TextChoices):
    """Why a voucher cannot pay for an order at all."""

    EXPIRED = "EXPIRED", _("It has expired.")
    NOT_YET_VALID = "NOT_YET_VALID", _("It is not valid yet.")
    EMPTY = "EMPTY", _("Nothing is left on it.")
    EX_POST = "EX_POST", _("Its programme reimburses afterwards.")
    ORDER_TOO_EARLY = "ORDER_TOO_EARLY", _("The order is older than the programme allows.")
    NO_CERTIFICATE = "NO_CERTIFICATE", _("The holder has no valid SME certificate.")
    SUPPLIER = "SUPPLIER", _("The provider is not on the programme's list.")
    RELATED_PARTY = "RELATED_PARTY", _("Buyer and provider are the same organisation.")
    NO_RATE = "NO_RATE", _("The programme does not support this class of compute.")
    NOT_ELIGIBLE = "NOT_ELIGIBLE", _("No line of the order is eligible.")
    NOT_COMBINABLE = "NOT_COMBINABLE", _("Another programme already pays for this order.")
    ENTITY_YEAR_CAP = "ENTITY_YEAR_CAP", _("The cap per entity and year is used up.")
    FULLY_COVERED = "FULLY_COVERED", _("Vouchers that expire earlier already pay all they may.")
    NOT_MET = "NOT_MET", _("A rule of its programme is not met.")
    UNKNOWN = "UNKNOWN", _("Something that its programme asks for is not known.")


@dataclass(frozen=True, slots=True)
class Rate:
    """The share that a programme pays of one class of compute, for one class of beneficiary."""

    beneficiary: str
    resource_class: str
    share: Decimal


@dataclass(frozen=True, slots=True)
class Funding:
    """One source of a programme's money and its share."""

    source: str
    share: Decimal


@dataclass(frozen=True, slots=True)
class ProgrammeRules:
    """The rules of one version of a programme, read from its data."""

    mode: Mode
    rates: tuple[Rate, ...]
    eligible_lines: frozenset[str]
    per_order_cap_minor: int | None
    per_entity_year_cap_minor: int | None
    validity_days: int
    applications_from: datetime | None
    applications_until: datetime | None
    orders_from: datetime | None
    requires_sme_certificate: bool
    suppliers: frozenset[str] | None  # unified social credit codes; None: every provider
    combines: bool
    funding: tuple[Funding, ...]
    terms: ProgrammeTerms | None = None  # everything that version 2 says; None: version 1

    @property
    def asks_for_size(self) -> bool:
        """Tell whether it asks how large a supplier is."""
        its = None if self.terms is None else self.terms.suppliers
        return its is not None and (its.pflops_min is not None or its.racks_min is not None)


@dataclass(frozen=True, slots=True)
class PayableLine:
    """One line of an order's price, as far as a programme cares; empty: as the purchase says."""

    kind: str
    amount_minor: int
    resource_class: str = ""
    form: str = ""
    chip_origin: str = ""


@dataclass(frozen=True, slots=True)
class Purchase:
    """What is to be paid for, by whom, from whom."""

    order_id: UUID
    holder_id: UUID
    supplier_id: UUID
    supplier_uscc: str
    resource_class: str
    ordered_at: datetime
    lines: tuple[PayableLine, ...]
    holder_is_certified: bool
    is_related: bool = False  # by control, shareholding, or one person who acts for both
    # What version 2 of programmes asks for, too; empty and None are unknown.
    form: str = ""
    chip_origin: str = ""
    holder: HolderFacts | None = None
    supplier: SupplierFacts | None = None
    paid_at: datetime | None = None
    is_ex_post: bool = False  # a contract to be reimbursed, not an order to be offset
    supported_by: tuple[str, ...] = ()  # programmes that supported the same contract before


@dataclass(frozen=True, slots=True)
class Purse:
    """A voucher as the cover rule sees it."""

    voucher_id: UUID
    number: str
    programme_code: str
    programme_version: int
    rules: ProgrammeRules
    beneficiary: str
    valid_from: datetime
    expires_at: datetime
    available_minor: int
    # What grants before this one left; None: no such limit is looked at here.
    programme_left_minor: int | None = None
    window_left_minor: int | None = None
    applied_at: datetime | None = None  # when it was applied for: in which window


@dataclass(frozen=True, slots=True)
class Cover:
    """How much of an order one voucher pays, and why that much."""

    order_id: UUID
    voucher_id: UUID
    voucher_number: str
    programme_code: str
    programme_version: int
    amount_minor: int
    rate: Decimal
    base_minor: int
    limited_by: CoverLimit


@dataclass(frozen=True, slots=True)
class CoverPlan:
    """The vouchers that pay for an order, in the order of their expiry, and those that cannot."""

    covers: tuple[Cover, ...]
    unfit: tuple[tuple[UUID, Unfit], ...]

    @property
    def total_minor(self) -> int:
        """Return what the vouchers pay together."""
        return sum(cover.amount_minor for cover in self.covers)


class InvalidProgrammeRules(InvalidInput):
    """The rules of a programme lack a member, have an unknown one, or break a limit."""

    code = "invalid_programme_rules"
    sentence = _("The programme's rules are not valid at “%(path)s”: %(problem)s")


class ProgrammeNotFound(NotFound):
    """No such programme, or another organisation's."""


class ApplicationNotFound(NotFound):
    """No such application, or someone else's."""


class VoucherHoldsMoney(NotClosable):
    """A voucher that is over still holds what belongs to its pool."""

    code = "voucher_holds_money"
    sentence = _(
        "The voucher still holds what belongs to its programme. It cannot be closed: mend what is"
        " wrong and have it tried again."
    )


class SampleDrawn(Refusal):
    """A sample is drawn once."""

    code = "sample_already_drawn"
    sentence = _("This sample was drawn before.")


class SeedRefused(InvalidInput):
    """The seed is not the one that was committed to."""

    code = "seed_refused"
    sentence = _("This is not the seed that was committed to.")


class AlreadyClawedBack(Refusal):
    """A voucher is taken back once."""

    code = "voucher_already_clawed_back"
    sentence = _("This voucher was taken back before.")


class VoucherNotFound(NotFound):
    """No such voucher, or someone else's."""


class ProgrammeCodeTaken(Refusal):
    """Programme codes are permanent and used once."""

    code = "programme_code_taken"
    sentence = _("Another programme already has this code.")


class ReferenceReused(Refusal):
    """A reference stands for one funding or deposit; this one was used with other content."""

    code = "reference_reused"
    sentence = _("This reference was already used with another amount or party.")


class ApplicationsClosed(Refusal):
    """The programme takes no applications at this time, or none at all."""

    code = "applications_closed"
    sentence = _("The programme takes no applications at this time.")


class CertificateRequired(Refusal):
    """The programme needs a valid SME certificate of the applicant."""

    code = "sme_certificate_required"
    sentence = _("The programme needs a valid SME certificate.")


class EntityYearCapReached(Refusal):
    """The programme's cap for one entity in one year leaves less than the amount."""

    code = "entity_year_cap_reached"
    sentence = _("The programme's cap per entity and year leaves less than this amount.")


class ProgrammeCapReached(Refusal):
    """A cap that all holders of a programme share leaves less than the amount."""

    code = "programme_cap_reached"
    sentence = _(
        "The programme's rules leave less than this amount: %(limit)s. %(clause)s %(next)s"
    )


class ProgrammeExhausted(Refusal):
    """The programme's pool holds less than the amount."""

    code = "programme_exhausted"
    sentence = _("The programme's pool holds less than this amount.")


class AlreadyDecided(Refusal):
    """The application stands elsewhere: somebody was quicker, or it is over."""

    code = "application_already_decided"
    sentence = _("This application has moved on: it is “%(state)s” now.")


class RuleNotMet(Refusal):
    """The automatic check says that the applicant does not meet a rule of the programme."""

    code = "rule_not_met"
    sentence = _("The rule “%(rule)s” is not met. %(clause)s")


class BatchNotFound(NotFound):
    """No such batch, or someone else's."""


class BatchExists(Refusal):
    """A batch has a name of its own."""

    code = "batch_exists"
    sentence = _("There is a batch of this name for the programme already.")


class BatchLineRefused(InvalidInput):
    """A line of a batch cannot be applied for; nothing of the batch is."""

    code = "batch_line_refused"
    sentence = _("“%(named)s”: %(problem)s")


class BatchUndecided(Refusal):
    """Nothing of the batch waits for this."""

    code = "batch_not_waiting"
    sentence = _("Nothing of this batch waits for that.")


class NoteMissing(InvalidInput):
    """A no, a question and an objection have their reason."""

    code = "note_missing"
    sentence = _("Say why, in 1 to 500 characters.")


class AlreadyObjected(Refusal):
    """An organisation objects to an application once."""

    code = "already_objected"
    sentence = _("Your organisation has objected to this application.")


class ObjectionNotFound(NotFound):
    """No such objection, or another issuer's."""
