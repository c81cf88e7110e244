"""What other rooms read of this room's rows, whatever else their tables hold."""

from datetime import datetime
from decimal import Decimal
from typing import Any, Protocol
from uuid import UUID


class PlanVersionRow(Protocol):
    """What other rooms read of a plan's version."""

    @property
    def pk(self) -> UUID: ...

    @property
    def plan_id(self) -> UUID: ...

    @property
    def provider_id(self) -> UUID: ...

    @property
    def terms(self) -> Any: ...

    @property
    def starts_at(self) -> datetime: ...

    @property
    def ends_at(self) -> datetime | None: ...


class QuoteRow(Protocol):
    """What other rooms read of a quote."""

    @property
    def pk(self) -> UUID: ...

    @property
    def buyer_id(self) -> UUID: ...

    @property
    def project_id(self) -> UUID | None: ...

    @property
    def quoted_at(self) -> datetime: ...

    @property
    def subject(self) -> dict[str, Any]: ...

    @property
    def measure(self) -> dict[str, Any]: ...

    @property
    def lines(self) -> list[dict[str, Any]]: ...

    @property
    def inputs_hash(self) -> str: ...

    @property
    def gross_minor(self) -> int: ...

    @property
    def standard_hours(self) -> Decimal | None: ...

    @property
    def plan_version_id(self) -> UUID: ...

    @property
    def rule_version_id(self) -> UUID | None: ...

    @property
    def valid_until(self) -> datetime: ...
