"""Usage that others wrote down, taken through the market: orders, clearing, charges, records."""

from marketplace.settlement.importing.contracts import (
    SOURCE_MAX,
    Imported,
    ImportFile,
    ImportPlan,
    Progress,
    TokenPlan,
    silent,
)
from marketplace.settlement.importing.events import import_events
from marketplace.settlement.importing.runs import at_work
from marketplace.settlement.importing.tokens import import_tokens
from marketplace.settlement.importing.trace import import_trace

__all__ = [
    "SOURCE_MAX",
    "ImportFile",
    "ImportPlan",
    "Imported",
    "Progress",
    "TokenPlan",
    "at_work",
    "import_events",
    "import_tokens",
    "import_trace",
    "silent",
]
