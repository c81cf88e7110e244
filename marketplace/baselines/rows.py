"""What other rooms read of a reference price."""

from datetime import datetime
from decimal import Decimal
from typing import Protocol


class ReferenceRow(Protocol):
    """A reference price with its band, floor and guidance; yuan a standard hour."""

    @property
    def hour_class(self) -> str: ...

    @property
    def reference(self) -> Decimal | None: ...

    @property
    def below_bp(self) -> int: ...

    @property
    def above_bp(self) -> int: ...

    @property
    def low(self) -> Decimal | None: ...

    @property
    def high(self) -> Decimal | None: ...

    @property
    def floor(self) -> Decimal | None: ...

    @property
    def off_peak_from(self) -> int | None: ...

    @property
    def off_peak_until(self) -> int | None: ...

    @property
    def off_peak_bp(self) -> int: ...

    @property
    def valid_from(self) -> datetime: ...
