"""The sealed ledger in the bundle of an export, for those who may read all of it."""

from pathlib import Path
from typing import Final

from django.conf import settings

from ledger import packs
from ledger import selectors as ledger_selectors
from marketplace.audit.contracts import ExportJob, ExportScope

SCRIPT: Final = packs.SCRIPT
NAME: Final = "ledger-pack.zip"


def checkpoint(job: ExportJob) -> str | None:
    """Return the signed checkpoint that the snapshot sees, if the reader may see it."""
    head = ledger_selectors.head() if job.scope == ExportScope.PLATFORM else None
    return head.note if head else None


def write(job: ExportJob, directory: Path) -> Path | None:
    """
    Write the pack of the ledger as the current snapshot sees it.

    None if the export is of one organisation's own records, if nothing is sealed yet, or if the
    ledger has more entries than a bundle takes; `manage.py export_ledger` writes any ledger.
    """
    head = ledger_selectors.head() if job.scope == ExportScope.PLATFORM else None
    if head is None or head.size > settings.AUDIT_LEDGER_PACK_ENTRIES_MAX:
        return None
    path = directory / NAME
    with path.open("wb") as file:
        packs.write_pack(file)
    return path
