"""
The feed of transfers in the order of the seal: ordered, resumable, nothing missed or told twice.

Only what is sealed is told: nothing can appear before it any more, and each entry's index is its
place in the Merkle log, so that a reader proves what was read.
"""

from dataclasses import dataclass
from typing import Final, Self
from uuid import UUID

from django.db import connection, transaction
from django.utils.translation import gettext_lazy as _

from common import tenancy
from common.errors import InvalidInput
from ledger import sealing, selectors
from ledger.contracts import PostedTransfer
from ledger.sealing import LogPosition

FEED_PAGE_MAX: Final = 1_000
_LOWEST: Final = UUID(int=0)
_XID_MAX: Final = 2**63
# Statistics lag behind a ledger that grows fast; a plan made from old ones would sort whole months.
_ALONG_INDEXES: Final = "SET LOCAL enable_seqscan = off; SET LOCAL enable_sort = off"
_ANY_WAY: Final = "SET LOCAL enable_seqscan = on; SET LOCAL enable_sort = on"
_SEALED: Final = """
    SELECT t.xid::text, t.id FROM ledger_transfer t
    WHERE (t.xid, t.id) > (%s::xid8, %s) AND (t.xid, t.id) <= (%s::xid8, %s)
    ORDER BY t.xid, t.id LIMIT %s
"""


class InvalidFeedCursor(InvalidInput):
    """The text is no cursor of the feed of transfers."""

    code = "invalid_feed_cursor"
    sentence = _("This cursor is damaged. Use one that this address gave, or none to begin.")


@dataclass(frozen=True, slots=True)
class FeedCursor:
    """A place in the log behind which a reader goes on."""

    xid: int = 0
    id: UUID = _LOWEST

    def __str__(self) -> str:
        return f"{self.xid}.{self.id}"

    @classmethod
    def parse(cls, text: str) -> Self:
        """
        Return the cursor that a text stands for; nothing stands for the beginning.

        :raises InvalidFeedCursor: if it stands for none
        """
        if not text:
            return cls()
        try:
            xid, last = text.split(".")
            cursor = cls(int(xid), UUID(last))
        except ValueError as error:
            raise InvalidFeedCursor(field="cursor") from error
        if str(cursor) != text or not 0 <= cursor.xid < _XID_MAX:
            raise InvalidFeedCursor(field="cursor")
        return cursor


@dataclass(frozen=True, slots=True)
class FeedItem:
    """A transfer, and which leaf of the log it is."""

    index: int
    transfer: PostedTransfer


@dataclass(frozen=True, slots=True)
class FeedBatch:
    """What follows a cursor, where to go on, and whether there is more at once."""

    items: list[FeedItem]
    cursor: FeedCursor
    has_more: bool


@transaction.atomic
def transfers_after(cursor: FeedCursor, *, limit: int) -> FeedBatch:
    """
    Return the next sealed transfers of the whole market.

    :raises InvalidFeedCursor: if it lies behind what is sealed, as after a restore
    """
    with tenancy.acting_as_platform():
        size, last = sealing.last_sealed()
        end = (last.xid, last.id if last.rank else _LOWEST)
        if cursor.xid > int(last.xid):
            raise InvalidFeedCursor(field="cursor")
        with connection.cursor() as read:
            read.execute(_ALONG_INDEXES)
            read.execute(_SEALED, [str(cursor.xid), cursor.id, *end, limit + 1])
            places = [LogPosition(xid, 1, key) for xid, key in read.fetchall()]
            read.execute(_ANY_WAY)
        told = places[:limit]
        found = selectors.transfers_by_id([each.id for each in told])
        indexes = _indexes(told) if size else {}
    items = [FeedItem(indexes[each], found[each.id]) for each in told]
    reached = FeedCursor(int(told[-1].xid), told[-1].id) if told else cursor
    return FeedBatch(items, reached, has_more=len(places) > limit)


def _indexes(places: list[LogPosition]) -> dict[LogPosition, int]:
    """Return the leaves of entries, tile by tile."""
    known: dict[LogPosition, int] = {}
    for each in places:
        if each not in known:
            known |= sealing.indexes_of_tile(each)
    return known
