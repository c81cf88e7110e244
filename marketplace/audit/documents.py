"""Which documents are sealed, from all rooms below, and under which names they are exported."""

from typing import Final

from common.documents import DocumentKind
from identity.events.documents import EVENTS
from marketplace.audit.contracts import DocumentKindUnknown, ExportKind
from marketplace.bulletin.documents import INDEX
from marketplace.orders.documents import ROUNDS
from marketplace.settlement.documents import CHARGES, RECEIPTS, TRADES
from marketplace.statements.documents import STATEMENTS
from metering.documents import CERTIFICATES, DECISIONS, USAGE

EXPORTED: Final[dict[ExportKind, DocumentKind]] = {
    ExportKind.TRADES: TRADES,
    ExportKind.CHARGES: CHARGES,
    ExportKind.RECEIPTS: RECEIPTS,
    ExportKind.USAGE: USAGE,
    ExportKind.CERTIFICATES: CERTIFICATES,
    ExportKind.INDEX: INDEX,
    ExportKind.ROUNDS: ROUNDS,
    ExportKind.DECISIONS: DECISIONS,
    ExportKind.EVENTS: EVENTS,
}
KINDS: Final[dict[str, DocumentKind]] = {
    kind.name: kind for kind in (*EXPORTED.values(), STATEMENTS)
}


def kind_named(name: str) -> DocumentKind:
    """
    Return the kind of document of a name.

    :raises DocumentKindUnknown: if no such kind is sealed
    """
    if name not in KINDS:
        raise DocumentKindUnknown(field="kind")
    return KINDS[name]
