"""Every lock of the assurance room."""

from uuid import UUID

from marketplace.assurance.contracts import CaseNotFound
from marketplace.assurance.models import Case, RecordReader


def case(case_id: UUID) -> Case:
    """
    Lock a case until the transaction ends.

    :raises CaseNotFound: if there is none
    """
    found = Case.objects.select_for_update(no_key=True).filter(pk=case_id).first()
    if found is None:
        raise CaseNotFound
    return found


def reader() -> RecordReader | None:
    """Lock the reader of the record; None if another run reads."""
    return RecordReader.objects.select_for_update(skip_locked=True, no_key=True).first()
