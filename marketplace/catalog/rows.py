"""What other rooms read of this room's rows, whatever else their tables hold."""

from datetime import datetime
from decimal import Decimal
from typing import Any, Protocol
from uuid import UUID

from identity.rows import OrganizationRow
from marketplace.catalog.least import Least
from pricing.rows import PlanVersionRow


class BookRow(Protocol):
    """What other rooms read of a book."""

    @property
    def pk(self) -> int: ...

    @property
    def resource_class(self) -> str: ...

    @property
    def hub(self) -> str: ...

    @property
    def least(self) -> Least: ...


class ListingRow(Protocol):
    """What other rooms read of a listing."""

    @property
    def pk(self) -> UUID: ...

    @property
    def number(self) -> str: ...

    @property
    def provider_id(self) -> UUID: ...

    @property
    def provider(self) -> OrganizationRow: ...

    @property
    def book_id(self) -> int: ...

    @property
    def resource_id(self) -> UUID: ...

    @property
    def resource_class(self) -> str: ...

    @property
    def region(self) -> str: ...

    @property
    def form(self) -> str: ...

    @property
    def chip(self) -> str: ...

    @property
    def state(self) -> str: ...

    @property
    def total_milli(self) -> int: ...

    @property
    def capacity_unit(self) -> str: ...

    @property
    def standard_factor(self) -> Decimal | None: ...

    @property
    def price_facts(self) -> tuple[tuple[str, str], ...]: ...

    @property
    def accepts_vouchers(self) -> bool: ...

    @property
    def community_rule_id(self) -> int | None: ...

    @property
    def is_donor_named(self) -> bool: ...

    @property
    def preemption_rule(self) -> str: ...

    @property
    def preemption_minutes(self) -> int | None: ...

    @property
    def available_from(self) -> datetime: ...

    @property
    def available_until(self) -> datetime | None: ...

    @property
    def plan_version_id(self) -> UUID: ...

    @property
    def rule_version_id(self) -> UUID: ...

    @property
    def rule_version(self) -> Any: ...

    @property
    def plan_version(self) -> PlanVersionRow: ...

    @property
    def headline_unit(self) -> str: ...

    @property
    def headline_price(self) -> Decimal | None: ...

    @property
    def price_per_standard_hour(self) -> Decimal | None: ...

    @property
    def price_per_unit_hour(self) -> Decimal | None: ...

    @property
    def least(self) -> Least: ...

    @property
    def book(self) -> BookRow: ...
