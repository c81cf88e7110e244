"""Keeping what was signed: once, for ever, and both texts where a node said two things."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction

from common import statements
from common.statements import SaidStatement
from gateway import keys
from gateway.contracts import KeyPurpose, own_code
from gateway.keys import NodeKey
from gateway.models import EntryAlias, SignedStatement


@dataclass(frozen=True, slots=True)
class StatementDraft:
    """
    A statement before it is kept: what it says, about what, and which place it has there.

    `owner` is the key that signs it for its owner beside the node's, `lines` are those that another
    node signed before.
    """

    type: str
    subject: str
    sequence: int
    body: Mapping[str, Any]
    owner: NodeKey | None = None
    lines: tuple[str, ...] = ()


def say(
    drafts: Sequence[StatementDraft], *, purpose: KeyPurpose, now: datetime
) -> list[SignedStatement]:
    """
    Sign drafts by every key of a purpose, and keep them; one statement of SQL for all.

    :raises KeyUnusable: if the node has no usable key of this purpose
    :raises StatementMalformed, StatementTooLarge: if a draft is no statement
    """
    signers = keys.signing_keys(purpose)[-2:]
    made = []
    for draft in drafts:
        text = statements.text(draft.type, own_code(), draft.body)
        made.append(
            SignedStatement(
                digest=statements.digest(text),
                type=draft.type,
                issuer=own_code(),
                subject=draft.subject,
                sequence=draft.sequence,
                text=text,
                signatures=[
                    *(signer.sign(text) for signer in signers),
                    *([draft.owner.sign(text)] if draft.owner else []),
                    *draft.lines,
                ],
                kept_at=now,
            )
        )
    return SignedStatement.objects.bulk_create(made)


@transaction.atomic
def keep_statement(
    said: SaidStatement,
    *,
    text: str,
    signatures: Sequence[str],
    subject: str,
    sequence: int,
    now: datetime,
) -> tuple[SignedStatement, bool]:
    """
    Keep a statement of another node, which the caller has verified; the same again is no matter.

    Returns it, and whether another text of that issuer, type, subject and sequence was there
    before: then both stay, and the second is marked.
    """
    there = SignedStatement.objects.filter(digest=said.digest).first()
    if there is not None:
        return there, there.is_second
    first = SignedStatement.objects.filter(
        issuer=said.issuer, type=said.type, subject=subject, sequence=sequence, is_second=False
    ).exists()
    made = SignedStatement(
        digest=said.digest,
        type=said.type,
        issuer=said.issuer,
        subject=subject,
        sequence=sequence,
        text=text,
        signatures=[line.rstrip("\n") for line in signatures],
        is_second=first,
        kept_at=now,
    )
    # Who keeps the same at the same moment is no matter either.
    SignedStatement.objects.bulk_create([made], ignore_conflicts=True)
    kept = SignedStatement.objects.filter(digest=said.digest).first()
    if kept is None:  # Somebody kept another text of this sequence just now.
        made.is_second = True
        made.save(force_insert=True)
        kept = made
    return kept, kept.is_second


def keep_aliases(named: Mapping[str, Sequence[str]], *, authority: str) -> None:
    """
    Keep the further codes that signed records name, by the record's own code.

    A further code stays that of the code that named it first: nobody else can take it over.
    """
    EntryAlias.objects.bulk_create(
        [
            EntryAlias(code=each, first_code=code, authority=authority)
            for code, further in named.items()
            for each in further
        ],
        ignore_conflicts=True,
    )
