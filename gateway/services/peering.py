"""What other nodes answered: kept with its proof, and what was refused of it, counted."""

import base64
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec
import structlog

from common import figures, statements
from gateway import counting, selectors
from gateway.models import Entry, LevelNode
from gateway.rules import records
from gateway.rules.believing import Believed
from gateway.services.keeping import keep_aliases, keep_statement

logger = structlog.get_logger(__name__)


def encoded_root(node: LevelNode) -> str:
    """Return a node's root key in base64."""
    return base64.b64encode(bytes(node.root_key)).decode()


def keep_answer(believed: Believed, *, host: str, now: datetime) -> None:
    """
    Keep the record and the row that a node answered; what it said later stays.

    The caller acts for the platform, and has verified all of it.
    """
    row, body = believed.row, believed.record_body
    keep_statement(
        believed.said,
        text=believed.record["text"],
        signatures=believed.record["signatures"],
        subject=body.code,
        sequence=body.sequence,
        now=now,
    )
    if believed.code and believed.code != body.code:
        keep_aliases({body.code: [believed.code]}, authority=host)
    if believed.rename is not None:
        keep_statement(
            statements.parse(believed.rename.text),
            text=believed.rename.text,
            signatures=believed.rename.signatures,
            subject=body.code,
            sequence=1,
            now=now,
        )
        for each in believed.renewals:
            again = statements.parse(each.text)
            keep_statement(
                again,
                text=each.text,
                signatures=each.signatures,
                subject=statements.digest(believed.rename.text),
                sequence=int(again.body["sequence"]),
                now=now,
            )
    there = selectors.entry(body.code)
    if there is not None and (
        there.resource_id is not None
        or there.sequence > body.sequence
        or there.status_sequence > row.status.sequence
    ):
        return
    total, available = row.state.total.milli, row.state.available
    made = Entry(
        code=body.code,
        resource_id=None,
        authority=host,
        record=believed.said.digest,
        record_json=msgspec.json.encode(dict(believed.record)),
        sequence=body.sequence,
        region=body.region,
        resource_class=body.resource_class,
        form=body.form,
        chips=records.chip_codes(body.specification),
        specification=records.specification_text(body.specification),
        level=body.verification.level,
        pue_milli=records.milli_of_text(body.energy.pue),
        total_milli=total,
        available_milli=min(available.milli, total) if available else None,
        observed_at=available.observed_at if available else None,
        status=row.status.value,
        status_sequence=row.status.sequence,
        status_since=row.status.since,
        heard_at=now,
    )
    Entry.objects.bulk_create(
        [made],
        update_conflicts=True,
        unique_fields=["code"],
        update_fields=[
            "record",
            "record_json",
            "sequence",
            "level",
            "pue_milli",
            "total_milli",
            "available_milli",
            "observed_at",
            "status",
            "status_sequence",
            "status_since",
            "heard_at",
        ],
    )


def note_refused(facts: Mapping[str, Any]) -> None:
    """Count and log that a node's answer was refused."""
    figures.count(figures.REFUSALS, code="peer_answer_refused")
    counting.count_refused("answer", str(facts["reason"]))
    logger.warning("gateway.answer.refused", node=facts["node"], reason=facts["reason"])
