"""What importers read, in our words, and why a file or a row of one is not taken."""

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from django.utils.translation import gettext_lazy as _

from common.errors import InvalidInput, Refusal


class UsageFormat(StrEnum):
    """The usage formats of others that can be read; see `importing.formats`."""

    CLOUDEVENTS = "cloudevents"
    OPENB_PODS = "openb-pods"
    AZURE_LLM = "azure-llm"
    SLURM = "slurm"


@dataclass(frozen=True, slots=True)
class UsageRow:
    """
    One line of somebody else's usage format, in our words.

    A line that never ran has no times and the quantity 0. `units_milli` is how much was held
    while it ran, in thousandths of the unit; 0 where the format counts things, not time. `chips`
    are the kinds of card that were held, any of them; none where the format does not say. `facts`
    are the format's own words, as they stood. `key` names the row among all of its source for
    good, where `subject_name` is not enough. A line that held several kinds of card is several
    rows. `outcome` is how it ended, where that was not by itself.
    """

    line: int
    subject_name: str
    requested_at: datetime | None
    starts_at: datetime | None
    ends_at: datetime | None
    quantity: Decimal
    unit: str
    units_milli: int = 0
    chips: tuple[str, ...] = ()
    facts: dict[str, str] = field(default_factory=dict)
    key: str = ""
    outcome: str = ""

    @property
    def identity(self) -> str:
        """Return the name of the row among all of its source."""
        return self.key or self.subject_name


@dataclass(frozen=True, slots=True)
class StepRow:
    """A line that is a part of another line's use, and counts with it."""

    line: int


@dataclass(frozen=True, slots=True)
class BadRow:
    """A line of a file that is not taken, and why."""

    line: int
    code: str
    detail: str
    column: str = ""


@dataclass(frozen=True, slots=True)
class RepeatedRow(BadRow):
    """A line whose serial, or name, an earlier line of the file has."""

    earlier: int = 0


@dataclass(frozen=True, slots=True)
class ImportedCapacity:
    """What an import of capacity did. A line may offer two resources, and is in if one is new."""

    resources: int
    listings: int
    plans: int
    repriced: int  # listings that bear a new price
    known: int  # resources that were registered before, with the same content
    lines_in: frozenset[int]
    lines_known: frozenset[int]
    refused: tuple[BadRow, ...]


class UnknownUsageFormat(InvalidInput):
    """The first line belongs to none of the formats that can be read."""

    code = "unknown_usage_format"
    sentence = _("The file is in none of the known usage formats: %(known)s.")


class OneEventALine(InvalidInput):
    """JSON that is neither one event a line nor an array of events."""

    code = "one_event_a_line"
    sentence = _("The file is not read as CloudEvents: %(problem)s.")


class SacctForPeople(InvalidInput):
    """Slurm's table in columns of fixed width, which cuts what it cannot show."""

    code = "sacct_for_people"
    sentence = _(
        "This is sacct's table for people, which cuts long cells. "
        "Export with: sacct --parsable2 --format=%(columns)s"
    )


class UnknownCapacityFormat(InvalidInput):
    """The header of a file belongs to no format that is known."""

    code = "unknown_format"
    sentence = _("The header of this file belongs to no known capacity format.")


class TooManyRows(InvalidInput):
    """The file is longer than what is taken in one transaction."""

    code = "too_many_rows"
    sentence = _("The file has more than %(rows_max)s rows: split it.")


class SourceRefused(InvalidInput):
    """The name of a source is too long, or holds what cannot be printed."""

    code = "invalid_source"
    sentence = _("A source is named with at most %(length_max)s printable characters.")


class PriceListRefused(InvalidInput):
    """The price list cannot be read."""

    code = "invalid_price"
    sentence = _("The price is not valid: %(problem)s")


class DearerPrice(Refusal):
    """A listing would become dearer without notice."""

    code = "price_needs_notice"
    status = 422
    sentence = _(
        "This is dearer than what is listed: publish it as the next version of the listing's plan,"
        " seven days ahead."
    )


class PriceMissing(InvalidInput):
    """Neither the row nor the price list says what a resource costs."""

    code = "price_missing"
    sentence = _("There is no price for %(name)s: add it to the price list.")


class SerialTwice(Refusal):
    """An earlier line of the file has the serial, or the name."""

    code = "serial_twice"
    status = 422
    sentence = _("The same serial or name stands in row %(row)s.")
