"""What other rooms see of the audit room."""

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from common.errors import InvalidInput, NotFound, Refusal


class ExportKind(TextChoices):
    """Which records an export holds."""

    TRADES = "TRADES", _("Trade records")
    CHARGES = "CHARGES", _("Charges")
    RECEIPTS = "RECEIPTS", _("Receipts without lines")
    USAGE = "USAGE", _("Usage records")
    CERTIFICATES = "CERTIFICATES", _("Certificates")
    INDEX = "INDEX", _("Index values")
    ROUNDS = "ROUNDS", _("Clearing rounds")
    DECISIONS = "DECISIONS", _("Decisions about windows")
    EVENTS = "EVENTS", _("Events")
    LEDGER = "LEDGER", _("Ledger transfers")


class ExportFormat(TextChoices):
    """How the records are written."""

    CSV = "CSV", "CSV"
    XLSX = "XLSX", "XLSX"
    PARQUET = "PARQUET", "Parquet"
    JSONL = "JSONL", "JSONL"


class ExportState(TextChoices):
    """Where an export stands."""

    QUEUED = "QUEUED", _("Queued")
    RUNNING = "RUNNING", _("Running")
    READY = "READY", _("Ready")
    FAILED = "FAILED", _("Failed")
    CANCELLED = "CANCELLED", _("Cancelled")
    EXPIRED = "EXPIRED", _("Expired")


class ExportScope(TextChoices):
    """Whose records an export reads."""

    PLATFORM = "PLATFORM", _("The whole market")
    OWN = "OWN", _("The organisation's own")


@dataclass(frozen=True, slots=True)
class Query:
    """Which records are asked for."""

    kind: ExportKind
    starts_at: datetime
    ends_at: datetime
    party: str = ""
    programme: str = ""
    number: str = ""

    def plain(self) -> dict[str, str]:
        """Return the filters as the manifest shows them."""
        return {
            "starts_at": self.starts_at.isoformat().replace("+00:00", "Z"),
            "ends_at": self.ends_at.isoformat().replace("+00:00", "Z"),
            "party": self.party,
            "programme": self.programme,
        }


@dataclass(frozen=True, slots=True)
class ExportJob:
    """
    One export as it was asked for: all that writing it needs.

    The table refuses to change any of it, so a second try writes what the first would have.
    """

    id: UUID
    number: str
    query: Query
    file_format: ExportFormat
    scope: ExportScope
    organization_id: UUID
    requested_by: str  # a unified social credit code

    @property
    def kind(self) -> ExportKind:
        """Return which records it holds."""
        return self.query.kind

    @property
    def owner_id(self) -> UUID | None:
        """Return the organisation that its records must belong to, if one."""
        return self.organization_id if self.scope is ExportScope.OWN else None


@dataclass(frozen=True, slots=True)
class Estimate:
    """What an export will be like, told before it starts."""

    rows: int
    bytes: int
    seconds: int
    columns: list[str] = field(default_factory=list)
    preview: list[list[str]] = field(default_factory=list)


class ExportNotAllowed(Refusal):
    """The organisation's roles do not reach records of this kind."""

    code = "export_not_allowed"
    status = 403
    sentence = _("Your role may not export records of this kind.")


class ExportNotReady(Refusal):
    """The file is not there yet, or is there no more."""

    code = "export_not_ready"
    sentence = _("The export is %(state)s; there is no file to download.")


class ExportOver(Refusal):
    """The export has ended and cannot be cancelled."""

    code = "export_over"
    sentence = _("The export is %(state)s already.")


class TooManyExports(Refusal):
    """The organisation has as many exports waiting as it may have."""

    code = "too_many_exports"
    status = 429
    sentence = _("At most %(limit)s exports may wait at once; try again when one has ended.")


class InvalidExportPeriod(InvalidInput):
    """The period is empty or too long."""

    code = "invalid_export_period"
    sentence = _("The period must end after it starts and span at most %(days)s days.")


class FilterNotKnown(InvalidInput):
    """Records of this kind cannot be told apart by this."""

    code = "export_filter_unknown"
    sentence = _("Records of this kind cannot be filtered by this.")


class DocumentKindUnknown(NotFound):
    """No documents of such a kind are sealed."""

    code = "document_kind_unknown"
    sentence = _("No documents of this kind are sealed.")


class DocumentNotFound(NotFound):
    """There is no such document, or it is someone else's; the two look alike."""

    code = "document_not_found"
    sentence = _("There is no such document.")


class ExportNotFound(NotFound):
    """There is no such export, or it is someone else's; the two look alike."""

    code = "export_not_found"
    sentence = _("There is no such export.")
