"""The published table of states is the one that code decides by."""

from pathlib import Path

from marketplace.demands import rules as demands
from marketplace.fulfilment import maintenance_rules as maintenance
from marketplace.fulfilment import rules as fulfilment
from marketplace.orders import rules as orders
from marketplace.settlement import rules as settlement

TABLES = {
    "demand": demands.TRANSITIONS,
    "delivery": fulfilment.TRANSITIONS,
    "maintenance": maintenance.MAINTENANCE_MOVES,
    "order": orders.TRANSITIONS,
    "contract": settlement.TRANSITIONS,
    "instalment": settlement.INSTALMENT_TRANSITIONS,
}
PAGE = Path(__file__).resolve().parents[2] / "docs" / "states.md"


def published():
    rows = (line.strip("|").split("|") for line in PAGE.read_text().splitlines() if "|" in line)
    cells = [tuple(cell.strip() for cell in row) for row in rows]
    return {row for row in cells if row[0] in TABLES}


def test_docs_and_code_say_the_same():
    decided = {
        (what, str(state), str(move), str(after))
        for what, table in TABLES.items()
        for (state, move), after in table.items()
    }

    assert published() == decided
