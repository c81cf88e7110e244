"""What other rooms read of this room's rows, whatever else their tables hold."""

from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from marketplace.catalog.rows import ListingRow


class OrderRow(Protocol):
    """What other rooms read of an order."""

    @property
    def pk(self) -> UUID: ...

    @property
    def key(self) -> str: ...

    @property
    def number(self) -> str: ...

    @property
    def state(self) -> str: ...

    @property
    def refusal_code(self) -> str: ...

    @property
    def review_code(self) -> str: ...

    @property
    def review_detail(self) -> str: ...

    @property
    def buyer_id(self) -> UUID: ...

    @property
    def provider_id(self) -> UUID | None: ...

    @property
    def book_id(self) -> int: ...

    @property
    def listing(self) -> ListingRow | None: ...

    @property
    def relation(self) -> str: ...

    @property
    def project_id(self) -> UUID | None: ...

    @property
    def lines(self) -> Any: ...

    @property
    def placed_at(self) -> datetime: ...

    @property
    def plan_version_id(self) -> UUID | None: ...

    @property
    def rule_version_id(self) -> UUID | None: ...

    @property
    def cash_minor(self) -> int | None: ...

    @property
    def held_minor(self) -> int | None: ...

    @property
    def instalment_rule(self) -> str: ...

    @property
    def cash_hold_id(self) -> UUID | None: ...

    @property
    def starts_at(self) -> datetime: ...

    @property
    def ends_at(self) -> datetime: ...

    @property
    def cleared_at(self) -> datetime | None: ...

    @property
    def covers(self) -> Any: ...


class ImportRunRow(Protocol):
    """What other rooms read of an import."""

    @property
    def pk(self) -> UUID: ...

    @property
    def organization_id(self) -> UUID | None: ...

    @property
    def source(self) -> str: ...

    @property
    def file_name(self) -> str: ...

    @property
    def state(self) -> str: ...

    @property
    def started_at(self) -> datetime: ...
