"""What other rooms read of a proposal's row, whatever else its table holds."""

from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from identity.rows import OrganizationRow


class NamedPersonRow(Protocol):
    """What is shown of a person who proposed or decided."""

    @property
    def name(self) -> str: ...

    @property
    def email(self) -> str: ...


class ProposalRow(Protocol):
    """What other rooms read of a proposal."""

    @property
    def pk(self) -> UUID: ...

    @property
    def kind(self) -> str: ...

    @property
    def label(self) -> str: ...

    @property
    def content(self) -> dict[str, Any]: ...

    @property
    def content_hash(self) -> str: ...

    @property
    def amount_minor(self) -> int | None: ...

    @property
    def reason(self) -> str: ...

    @property
    def proposed_by_id(self) -> int: ...

    @property
    def proposed_by(self) -> NamedPersonRow: ...

    @property
    def proposed_for(self) -> OrganizationRow: ...

    @property
    def proposed_at(self) -> datetime: ...

    @property
    def expires_at(self) -> datetime: ...

    @property
    def role(self) -> str: ...

    @property
    def desk_id(self) -> UUID | None: ...

    @property
    def state(self) -> str: ...

    @property
    def decided_by(self) -> NamedPersonRow | None: ...

    @property
    def decided_at(self) -> datetime | None: ...

    @property
    def note(self) -> str: ...
