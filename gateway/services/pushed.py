"""What other nodes pushed, kept by the batch; the caller verified all of it."""

from collections.abc import Mapping, Sequence
from datetime import datetime

import msgspec
from django.db import transaction
from django.db.models import Q

from common.statements import SaidStatement
from gateway import selectors
from gateway.models import Entry, SignedStatement
from gateway.rules import records
from gateway.rules.believing import RecordShape

Pushed = tuple[SaidStatement, str, Sequence[str], str, int]
PushedRecord = tuple[SaidStatement, str, Sequence[str], RecordShape]
PushedStatus = tuple[str, str, str, int, datetime]
UNTOLD = "REGISTERED"  # until a status is told


@transaction.atomic
def keep_pushed(pushed: Sequence[Pushed], *, now: datetime) -> set[str]:
    """
    Keep statements; return the digests of those whose number another text has.

    Both texts stay, the second one marked.
    """
    there = selectors.kept_digests([said.digest for said, *_rest in pushed])
    taken = _taken(pushed)
    made, seconds = [], set()
    for said, text, signatures, subject, sequence in pushed:
        key = (said.issuer, said.type, subject, sequence)
        is_second = taken.get(key, said.digest) != said.digest
        if is_second:
            seconds.add(said.digest)
        taken.setdefault(key, said.digest)
        if said.digest not in there:
            made.append(
                SignedStatement(
                    digest=said.digest,
                    type=said.type,
                    issuer=said.issuer,
                    subject=subject,
                    sequence=sequence,
                    text=text,
                    signatures=[line.rstrip("\n") for line in signatures],
                    is_second=is_second,
                    kept_at=now,
                )
            )
    SignedStatement.objects.bulk_create(made, ignore_conflicts=True)
    return seconds


def _taken(pushed: Sequence[Pushed]) -> dict[tuple[str, str, str, int], str]:
    """Return which digest has each number that these claim, where one has."""
    if not pushed:
        return {}
    found = SignedStatement.objects.filter(
        Q(subject__in={subject for _s, _t, _l, subject, _n in pushed}), is_second=False
    )
    return {
        (each.issuer, each.type, each.subject, each.sequence): each.digest
        for each in found.only("issuer", "type", "subject", "sequence", "digest")
    }


@transaction.atomic
def keep_entries(pushed: Sequence[PushedRecord], *, now: datetime) -> int:
    """Keep the newest record of each code so that it is answered and found; return how many."""
    newest = {body.code: (said, text, lines, body) for said, text, lines, body in _rising(pushed)}
    there = selectors.entries(list(newest))
    made = []
    for code, (said, text, lines, body) in newest.items():
        before = there.get(code)
        if before is not None and (
            before.resource_id is not None or before.sequence >= body.sequence
        ):
            continue
        made.append(_entry(said, text, lines, body, before, now))
    Entry.objects.bulk_create(
        made,
        update_conflicts=True,
        unique_fields=["code"],
        update_fields=[
            "authority",
            "record",
            "record_json",
            "sequence",
            "region",
            "resource_class",
            "form",
            "chips",
            "specification",
            "level",
            "pue_milli",
            "total_milli",
            "available_milli",
            "heard_at",
        ],
    )
    return len(made)


def _rising(pushed: Sequence[PushedRecord]) -> list[PushedRecord]:
    return sorted(pushed, key=lambda one: one[3].sequence)


def _entry(
    said: SaidStatement,
    text: str,
    lines: Sequence[str],
    body: RecordShape,
    before: Entry | None,
    now: datetime,
) -> Entry:
    total = said.body.get("total_milli")
    total_milli = total if isinstance(total, int) and 0 <= total <= 10**15 else 0
    return Entry(
        code=body.code,
        resource_id=None,
        authority=said.issuer,
        record=said.digest,
        record_json=msgspec.json.encode(records.as_json(text, lines)),
        sequence=body.sequence,
        region=body.region,
        resource_class=body.resource_class,
        form=body.form,
        chips=records.chip_codes(body.specification),
        specification=records.specification_text(body.specification),
        level=body.verification.level,
        pue_milli=records.milli_of_text(body.energy.pue),
        total_milli=total_milli,
        available_milli=None,  # A record does not tell what is free.
        observed_at=None,
        status=before.status if before else UNTOLD,
        status_sequence=before.status_sequence if before else 1,
        status_since=before.status_since if before else now,
        heard_at=now,
    )


@transaction.atomic
def keep_statuses(pushed: Sequence[PushedStatus], *, now: datetime) -> int:
    """Let later statuses count for codes of their issuers; return how many did."""
    newest = {code: each for each in sorted(pushed, key=lambda one: one[3]) for code in each[:1]}
    changed = []
    for entry in Entry.objects.select_for_update(no_key=True).filter(
        code__in=newest, resource_id__isnull=True
    ):
        _code, issuer, value, sequence, since = newest[entry.code]
        if issuer == entry.authority and sequence >= entry.status_sequence:
            entry.status, entry.status_sequence, entry.status_since = value, sequence, since
            entry.heard_at = now
            changed.append(entry)
    Entry.objects.bulk_update(
        changed, ["status", "status_sequence", "status_since", "heard_at"], batch_size=500
    )
    return len(changed)


@transaction.atomic
def note_status(sequences: Mapping[str, int]) -> None:
    """Give this node's own codes the number under which their status was signed last."""
    changed = []
    for entry in Entry.objects.select_for_update(no_key=True).filter(code__in=sequences):
        if entry.status_sequence < sequences[entry.code]:
            entry.status_sequence = sequences[entry.code]
            changed.append(entry)
    Entry.objects.bulk_update(changed, ["status_sequence"], batch_size=500)
