"""To which order what was counted belongs."""

import json
from collections.abc import Mapping
from pathlib import Path
from uuid import UUID

from suanpan_agent.config import Orders
from suanpan_agent.errors import SourceError


class OrderBook:
    """Tells orders by what a label, or a field of a job, says."""

    def __init__(self, told: Orders) -> None:
        self._told = told
        self._known = _known(Path(told.orders_file)) if told.orders_file else {}

    def order(self, labels: Mapping[str, str]) -> str | None:
        """Return the order; None if nothing names one: it is measured, and nobody pays for it."""
        said = labels.get(self._told.order_label, "").strip() if self._told.order_label else ""
        said = self._known.get(said, said)
        try:
            return str(UUID(said))
        except ValueError:
            return str(self._told.order) if self._told.order else None


def _known(path: Path) -> dict[str, str]:
    try:
        known = json.loads(path.read_bytes())
    except (OSError, ValueError) as error:
        message = f"orders_file: {error}"
        raise SourceError(message) from error
    if not isinstance(known, dict):
        message = "orders_file: it must be one JSON object of names and orders"
        raise SourceError(message)
    return {str(name): str(order) for name, order in known.items()}
