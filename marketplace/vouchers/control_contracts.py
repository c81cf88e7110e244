"""What other rooms see of control: its rules, findings, marks and lists."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from common.errors import InvalidInput, NotFound, Refusal

CONTROL_RULE_KIND: Final = "vouchers.control_rule"  # What takes two operators.
CONTRACTS_MAX: Final = 200  # of one application
FINDINGS_MAX: Final = 200  # of one application
OTHERS_MAX: Final = 2_000  # dossiers that one look compares
NOTE_MAX: Final = 500
CONTRACT_NUMBER_MAX: Final = 80
ROWS_MAX: Final = 100_000  # of one imported list


class ControlCode(TextChoices):
    """What control looks for in applications and claims. The codes are API: never reused."""

    RELATED_SUPPLIER = "related_supplier", _("Applicant and seller are related")
    SPLIT_ENTITY = "split_entity", _("One enterprise applies as many")
    SPLIT_ORDER = "split_order", _("One order is split")
    DOUBLE_SUBSIDY = "double_subsidy", _("The contract was supported before")
    BOTH_CLAIM = "both_claim", _("Buyer and seller both ask for support")
    FILE_TWICE = "file_twice", _("The same file was used by another")
    CERTIFICATE_TWICE = "certificate_twice", _("The certificate was used by another")
    DISHONEST = "dishonest", _("Listed as dishonest")
    # Looked for in what is claimed, not in applications: the claims room does.
    WASH_TRADES = "wash_trades", _("A case of surveillance rests on the trade")
    UNSIGNED_READINGS = "unsigned_readings", _("Readings of the use bear no signature")
    POWER_NOT_MEASURED = "power_not_measured", _("Electricity of the use is not measured")


class ControlSeverity(TextChoices):
    """What a finding does until a person decided: nothing is refused by itself."""

    BLOCK = "BLOCK", _("Blocks the review")
    QUEUE = "QUEUE", _("Blocks the approval")


class FindingState(TextChoices):
    """What a person made of a finding."""

    OPEN = "OPEN", _("Open")
    CLEARED = "CLEARED", _("Cleared")
    CONFIRMED = "CONFIRMED", _("Confirmed")


class MarkKind(TextChoices):
    """What two parties may have in common, from one day to another."""

    CONTROLLER = "CONTROLLER", _("Controller")
    ADDRESS = "ADDRESS", _("Address")
    ACCOUNT = "ACCOUNT", _("Bank account")
    PHONE = "PHONE", _("Telephone")


@dataclass(frozen=True, slots=True)
class RuleOfControl:
    """One version of a rule: how grave what it finds is, and its numbers."""

    code: str
    version: int
    severity: str
    parameters: Mapping[str, int]
    id: UUID | None = None


# The numbers of each rule: first value, least, most.
NUMBERS: Final[Mapping[str, Mapping[str, tuple[int, int, int]]]] = {
    ControlCode.RELATED_SUPPLIER: {},
    ControlCode.SPLIT_ENTITY: {"days": (180, 1, 3_660), "at_one_address": (3, 2, 1_000)},
    ControlCode.SPLIT_ORDER: {"days": (7, 1, 366), "contracts": (3, 2, 1_000)},
    ControlCode.DOUBLE_SUBSIDY: {},
    ControlCode.BOTH_CLAIM: {},
    ControlCode.FILE_TWICE: {},
    ControlCode.CERTIFICATE_TWICE: {},
    ControlCode.DISHONEST: {"days_after": (365, 0, 3_660)},
    ControlCode.WASH_TRADES: {},
    ControlCode.UNSIGNED_READINGS: {},
    ControlCode.POWER_NOT_MEASURED: {},
}
FIRST_SEVERITY: Final[Mapping[str, ControlSeverity]] = {
    ControlCode.RELATED_SUPPLIER: ControlSeverity.BLOCK,
    ControlCode.SPLIT_ENTITY: ControlSeverity.QUEUE,
    ControlCode.SPLIT_ORDER: ControlSeverity.QUEUE,
    ControlCode.DOUBLE_SUBSIDY: ControlSeverity.BLOCK,
    ControlCode.BOTH_CLAIM: ControlSeverity.BLOCK,
    ControlCode.FILE_TWICE: ControlSeverity.QUEUE,
    ControlCode.CERTIFICATE_TWICE: ControlSeverity.BLOCK,
    ControlCode.DISHONEST: ControlSeverity.BLOCK,
    ControlCode.WASH_TRADES: ControlSeverity.BLOCK,
    ControlCode.UNSIGNED_READINGS: ControlSeverity.QUEUE,
    ControlCode.POWER_NOT_MEASURED: ControlSeverity.QUEUE,
}
OF_CLAIMS: Final = frozenset(
    {ControlCode.WASH_TRADES, ControlCode.UNSIGNED_READINGS, ControlCode.POWER_NOT_MEASURED}
)
FIRST_RULES: Final = tuple(
    RuleOfControl(
        code, 1, FIRST_SEVERITY[code], {name: each[0] for name, each in NUMBERS[code].items()}
    )
    for code in ControlCode.values
)


class FindingOpen(Refusal):
    """A person has to decide on what control found before the next step."""

    code = "control_finding_open"
    sentence = _("Control found something that a person has to decide on first: %(findings)s.")


class FindingConfirmed(Refusal):
    """What control found was confirmed: the application is not approved."""

    code = "control_finding_confirmed"
    sentence = _("What control found was confirmed: %(findings)s. Reject the application.")


class FindingNotFound(NotFound):
    """No such finding, or another issuer's."""


class FindingDecided(Refusal):
    """A finding is decided once."""

    code = "control_finding_decided"
    sentence = _("This finding was decided before.")


class InvalidControlRule(InvalidInput):
    """The numbers of a rule break their limits."""

    code = "invalid_control_rule"
    sentence = _("The rule is not valid: %(problem)s")


class InvalidContract(InvalidInput):
    """A contract that an application names is not one."""

    code = "invalid_contract"
    sentence = _("This is not a contract: %(problem)s")
