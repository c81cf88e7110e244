"""How a certificate is written down, whatever its level."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from common.canonical import canonical_json, plain
from metering.verifying.contracts import BenchmarkFigure
from metering.verifying.models import Certificate


def write_certificate(
    *,
    figures: Sequence[BenchmarkFigure],
    conditions: Mapping[str, Any],
    document: bytes,
    measured_at: datetime,
    days: int,
    now: datetime,
    **facts: Any,
) -> Certificate:
    """Write a certificate down; it is valid from now on."""
    return Certificate.objects.create(
        figures=[plain(asdict(each)) for each in figures],
        conditions=dict(conditions),
        repeats=min((each.repeats for each in figures), default=1),
        spread=_widest(figures),
        document=document,
        content_hash=hashlib.sha256(document).hexdigest(),
        measured_at=measured_at,
        valid_from=now,
        valid_to=now + timedelta(days=days),
        issued_at=now,
        **facts,
    )


def _widest(figures: Sequence[BenchmarkFigure]) -> Decimal | None:
    return max((each.spread for each in figures if each.spread is not None), default=None)


def canonical_document(**facts: Any) -> bytes:
    """Return the bytes of a document that nobody else wrote: canonical JSON."""
    return canonical_json(facts)
