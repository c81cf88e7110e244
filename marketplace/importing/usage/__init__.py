"""Usage that others wrote down, taken through the market: orders, clearing, charges, records."""

from marketplace.importing.usage.contracts import (
    SOURCE_MAX,
    Imported,
    ImportFile,
    ImportPlan,
    Progress,
    TokenPlan,
    silent,
)
from marketplace.importing.usage.events import import_events
from marketplace.importing.usage.runs import at_work
from marketplace.importing.usage.tokens import import_tokens
from marketplace.importing.usage.trace import import_trace

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
