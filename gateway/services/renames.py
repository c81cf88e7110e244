"""Codes that gave way to others: signed for their owner and by the node, once and for ever."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from gateway import selectors
from gateway.contracts import KeyPurpose, own_code
from gateway.rules import renames
from gateway.services import owners
from gateway.services.keeping import StatementDraft, say
from identity import codes as codes_of_register


def sign_renames(given_up: Sequence[str], *, now: datetime) -> int:
    """
    Sign that codes gave way; return how many were signed. The caller acts for the platform.

    What is signed already (a move, with the other node) is left.

    :raises KeyUnusable: if the node has no usable `register` key
    """
    rows = codes_of_register.renames_of(given_up)
    signed = selectors.newest_of("rename", list(rows))
    left = [row for code, row in rows.items() if code not in signed]
    if not left:
        return 0
    signers = owners.signers({row.provider_id: row.provider.name for row in left}, now=now)
    drafts = [
        StatementDraft(
            "rename",
            row.from_code,
            1,
            rename_body(row, owner=signers[row.provider_id].owner, receiver=None, at=now),
            owner=signers[row.provider_id].key,
        )
        for row in left
    ]
    return len(say(drafts, purpose=KeyPurpose.REGISTER, now=now))


def rename_body(row: Any, *, owner: str, receiver: str | None, at: datetime) -> dict[str, Any]:
    """Return what is signed of a code that gave way; `row` has the fields of `CodeRename`."""
    before = selectors.latest("record", subject=row.from_code, issuer=own_code())
    return renames.body(
        from_code=row.from_code,
        to=row.to_codes,
        kind=row.kind,
        reason=row.reason,
        owner=owner,
        record=before.digest if before else None,
        receiver=receiver,
        renamed_at=row.renamed_at,
        at=at,
    )
