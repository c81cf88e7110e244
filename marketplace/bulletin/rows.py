"""What other rooms read of this room's rows, whatever else their tables hold."""

from datetime import date
from decimal import Decimal
from typing import Protocol


class IndexRow(Protocol):
    """What other rooms read of a day's index."""

    @property
    def day(self) -> date: ...

    @property
    def trades(self) -> int: ...

    @property
    def providers(self) -> int: ...

    @property
    def price(self) -> Decimal | None: ...
