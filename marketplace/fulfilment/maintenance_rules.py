"""What may happen to maintenance, and by which version it is counted; pure."""

from typing import Final

from common.rulebooks import Rulebook
from marketplace.fulfilment import maintenance_1
from marketplace.fulfilment.maintenance_contracts import (
    MaintenanceMove,
    MaintenanceRule,
    MaintenanceState,
)

# By which version it is counted stands on each announcement.
MAINTENANCES: Final[Rulebook[MaintenanceRule]] = Rulebook(
    "maintenance", {maintenance_1.RULE.name: maintenance_1.RULE}
)
MAINTENANCE_MOVES: Final[dict[tuple[MaintenanceState, MaintenanceMove], MaintenanceState]] = {
    (MaintenanceState.ANNOUNCED, MaintenanceMove.BEGIN): MaintenanceState.UNDERWAY,
    (MaintenanceState.ANNOUNCED, MaintenanceMove.WITHDRAW): MaintenanceState.WITHDRAWN,
    (MaintenanceState.UNDERWAY, MaintenanceMove.END): MaintenanceState.OVER,
}


def moves_from(state: str) -> list[MaintenanceMove]:
    """Return what may happen to maintenance that stands somewhere."""
    return [move for (start, move) in MAINTENANCE_MOVES if start == state]
