"""What proves a figure: a name that anybody can look for, and a file where there is one."""

from datetime import datetime
from uuid import UUID

from identity.files import services as files_services
from metering.energy.contracts import TEXT_LENGTH_MAX, EnergyEvidenceMissing


def require_evidence(text: str) -> str:
    """
    Return what a figure is proven by.

    :raises EnergyEvidenceMissing: if nothing is named, or too much
    """
    named = " ".join(text.split())
    if not named or len(named) > TEXT_LENGTH_MAX:
        raise EnergyEvidenceMissing(field="evidence")
    return named


def keep_file(file_id: UUID | None, *, provider_id: UUID, by: str, now: datetime) -> UUID | None:
    """Let a record rely on a file of its provider, if it names one."""
    if file_id is not None:
        files_services.rely_on(organization_id=provider_id, file_id=file_id, by=by, now=now)
    return file_id
