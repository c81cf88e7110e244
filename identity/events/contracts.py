"""What other rooms see of the record of events."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from common.errors import InvalidInput

CONCERNS_MAX: Final = 16
FACTS_BYTES_MAX: Final = 2_048
KIND_LENGTH_MAX: Final = 32
OBJECT_ID_LENGTH_MAX: Final = 64
LABEL_LENGTH_MAX: Final = 200
BATCH_MAX: Final = 1_000
CURSOR_LENGTH_MAX: Final = 80
NIL: Final = UUID(int=0)


@dataclass(frozen=True, slots=True)
class Event:
    """
    Something that happened, to be recorded.

    Facts and labels name persons by number alone: what is personal stays where it can change.
    """

    name: str  # one of the room's `event_names`
    object_kind: str
    object_id: UUID | int | str
    object_label: str = ""
    concerns: Sequence[UUID] = ()  # organisations that may read it; nobody: the market alone
    facts: Mapping[str, Any] = field(default_factory=dict)
    at: datetime | None = None  # when it happened; None: now, by the database's clock


class InvalidEventCursor(InvalidInput):
    """The text is no cursor of the record of events."""

    code = "invalid_event_cursor"
    sentence = _("This cursor is damaged. Use one that this address gave, or none to begin.")


@dataclass(frozen=True, slots=True)
class Cursor:
    """
    How far a reader has come: after `last` among what transactions from `low` to `high` recorded.

    As text it may be kept for any time; the empty text is the beginning of the record.
    """

    low: int = 0
    high: int = 0
    last: UUID = NIL

    def __str__(self) -> str:
        return f"{self.low}-{self.high}-{self.last.hex}"

    @classmethod
    def parse(cls, text: str) -> "Cursor":
        """
        Return the cursor that a text stands for.

        :raises InvalidEventCursor: if it stands for none
        """
        if not text:
            return cls()
        try:
            low, high, last = text.split("-")
            cursor = cls(int(low), int(high), UUID(last))
        except ValueError as error:
            raise InvalidEventCursor(field="cursor") from error
        if str(cursor) != text or not 0 <= cursor.low <= cursor.high < 2**63:
            raise InvalidEventCursor(field="cursor")
        return cursor
