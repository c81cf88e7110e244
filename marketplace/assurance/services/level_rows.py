"""Evaluations of service levels as rows: many in one statement, their documents as they stand."""

from collections.abc import Sequence
from itertools import islice
from typing import Any, Final

import msgspec
from django.db import connection

from marketplace.assurance.models import LevelEvaluation

ROWS_MAX: Final = 500  # of a statement
_TYPES: Final = {
    "id": "uuid",
    "month_id": "uuid",
    "revision": "int",
    "buyer_id": "uuid",
    "provider_id": "uuid",
    "contract_number": "text",
    "listing_id": "uuid",
    "rule": "text",
    "starts_at": "timestamptz",
    "ends_at": "timestamptz",
    "availability_ppm": "int",
    "network_ppm": "int",
    "ready_seconds": "int",
    "response_bp": "int",
    "is_missed": "boolean",
    "missed": "jsonb",
    "credit_bp": "int",
    "charged": "jsonb",
    "credits": "jsonb",
    "credited_minor": "bigint",
    "content_hash": "text",
    "evaluated_at": "timestamptz",
    "document": "jsonb",
}
_NAMES: Final = ", ".join(_TYPES)
_TYPED: Final = ", ".join(f"{name} {kind}" for name, kind in _TYPES.items())
# One JSON text for all rows: an array of documents would have every quote in them escaped.
_INSERT: Final = (
    f"INSERT INTO assurance_levelevaluation ({_NAMES})"
    f" SELECT {_NAMES} FROM jsonb_to_recordset(%s::jsonb) AS given ({_TYPED})"
)


def insert_evaluations(made: Sequence[tuple[LevelEvaluation, bytes]]) -> None:
    """Insert evaluations, each with the bytes of its document."""
    rows = (_row(evaluation, document) for evaluation, document in made)
    with connection.cursor() as cursor:
        while some := list(islice(rows, ROWS_MAX)):
            cursor.execute(_INSERT, [msgspec.json.encode(some).decode()])


def _row(evaluation: LevelEvaluation, document: bytes) -> dict[str, Any]:
    row = {name: getattr(evaluation, name) for name in _TYPES if name != "document"}
    return row | {"document": msgspec.Raw(document)}
