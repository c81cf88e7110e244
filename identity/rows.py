"""What other rooms read of this room's rows, whatever else their tables hold."""

from datetime import datetime
from decimal import Decimal
from typing import Any, Protocol
from uuid import UUID


class OrganizationRow(Protocol):
    """What other rooms read of an organisation."""

    @property
    def pk(self) -> UUID: ...

    @property
    def uscc(self) -> str: ...

    @property
    def name(self) -> str: ...

    @property
    def name_en(self) -> str: ...


class PersonRow(Protocol):
    """What other rooms read of a person."""

    @property
    def pk(self) -> int: ...


class AgentRow(Protocol):
    """What other rooms read of a metering agent."""

    @property
    def pk(self) -> UUID: ...

    @property
    def name(self) -> str: ...

    @property
    def key_id(self) -> str: ...

    @property
    def public_key(self) -> bytes | memoryview: ...

    @property
    def revoked_at(self) -> datetime | None: ...

    @property
    def ends_at(self) -> datetime | None: ...

    @property
    def chain_id(self) -> UUID: ...


class ResourceRow(Protocol):
    """What other rooms read of a compute resource."""

    @property
    def pk(self) -> UUID: ...

    @property
    def provider_id(self) -> UUID: ...

    @property
    def provider(self) -> OrganizationRow: ...

    @property
    def identifier(self) -> str: ...

    @property
    def serial(self) -> str: ...

    @property
    def name(self) -> str: ...

    @property
    def name_en(self) -> str: ...

    @property
    def status(self) -> str: ...

    @property
    def resource_class(self) -> str: ...

    @property
    def form(self) -> str: ...

    @property
    def region(self) -> str: ...

    @property
    def industry(self) -> str: ...

    @property
    def capacity_unit(self) -> str: ...

    @property
    def total_milli(self) -> int: ...

    @property
    def specification(self) -> dict[str, Any]: ...

    @property
    def pue(self) -> Decimal | None: ...

    @property
    def verification_level(self) -> int: ...
