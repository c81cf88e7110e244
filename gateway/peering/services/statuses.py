"""The status of a code as a statement: signed as soon as it changes, and pushed upward."""

from datetime import datetime
from typing import Final

from django.db import transaction

from common import statements
from gateway import answering
from gateway import selectors as gateway_selectors
from gateway import services as gateway_services
from gateway.contracts import KeyPurpose, own_code
from gateway.peering.models import DueStatus
from gateway.services.keeping import StatementDraft

STATUSES_MAX: Final = 500


@transaction.atomic
def sign_statuses(*, now: datetime) -> int:
    """
    Sign the status of codes that changed; return how many waited.

    A code whose record is not signed yet waits on. The caller acts for the platform.

    :raises KeyUnusable: if there is no key for it
    """
    due = list(
        DueStatus.objects.select_for_update(no_key=True, skip_locked=True).order_by("due_at")[
            :STATUSES_MAX
        ]
    )
    if not due:
        return 0
    codes = [each.code for each in due]
    known = answering.known(codes)
    before = gateway_selectors.newest_of("status", codes)
    drafts = []
    for code in codes:
        found = known.get(code)
        if found is None or found.record is None or not found.is_own:
            continue
        row = answering.row_of(found, now=now)["status"]
        last = before.get(code)
        if last is not None and statements.parse(last.text).body["value"] == row["value"]:
            continue
        sequence = max(int(row["sequence"]), (last.sequence + 1) if last else 1)
        body = {
            "by": own_code(),
            "code": code,
            "sequence": sequence,
            "since": row["since"],
            "value": row["value"],
        }
        drafts.append(StatementDraft("status", code, sequence, body))
    if drafts:
        gateway_services.say(drafts, purpose=KeyPurpose.REGISTER, now=now)
        gateway_services.note_status({each.subject: each.sequence for each in drafts})
    DueStatus.objects.filter(pk__in=codes).delete()
    return len(due)
