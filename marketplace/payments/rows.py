"""What other rooms read of this room's rows, whatever else their tables hold."""

from datetime import datetime
from typing import Protocol


class DepositRow(Protocol):
    """What other rooms read of a deposit."""

    @property
    def recorded_at(self) -> datetime: ...
