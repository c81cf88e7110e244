"""What is measured, certified and decided, as documents that are sealed and exported."""

from typing import Final
from uuid import UUID

from django.db.models import QuerySet

from common.documents import HASH, DocumentKind
from common.tabular.columns import Column, ColumnType
from common.tabular.texts import quantity_text, time_text
from metering.models import CapacityCertificate, UsageRecord, WindowDecision

_PROVIDER: Final = ("provider__uscc",)


def _usage_rows(owner_id: UUID | None) -> QuerySet[UsageRecord]:
    found = UsageRecord.objects.select_related("rule_version__metric").defer(
        "rule_version__definition"
    )
    return found if owner_id is None else found.filter(provider_id=owner_id)


def _usage(record: UsageRecord) -> dict[str, str]:
    rule = record.rule_version
    return {
        "id": str(record.pk),
        "sequence": str(record.sequence),
        "provider": str(record.provider_id),
        "meter": str(record.meter_id),
        "resource": str(record.resource_id),
        "subject": str(record.subject or ""),
        "starts_at": time_text(record.starts_at),
        "ends_at": time_text(record.ends_at),
        "revision": str(record.revision),
        "supersedes": str(record.supersedes_id or ""),
        "quantity": quantity_text(record.quantity),
        "unit": rule.metric.unit,
        "native_hours": quantity_text(record.native_hours),
        "standard_hours": quantity_text(record.standard_hours),
        "factor": quantity_text(record.factor),
        "factor_source": record.factor_source,
        "certificate": str(record.certificate_id or ""),
        "rule": f"{rule.rule_id} v{rule.version}",
        "is_trial": str(record.is_trial).lower(),
        "inputs_hash": record.inputs_hash,
        "readings": str(record.reading_count),
        "units_max": quantity_text(record.units_max),
        "created_at": time_text(record.created_at),
    }


USAGE: Final = DocumentKind(
    name="metering.usage_record",
    form=1,
    columns=(
        Column("id"),
        Column("sequence", ColumnType.INTEGER),
        Column("provider"),
        Column("meter"),
        Column("resource"),
        Column("subject"),
        Column("starts_at", ColumnType.TIME),
        Column("ends_at", ColumnType.TIME),
        Column("revision", ColumnType.INTEGER),
        Column("supersedes"),
        Column("quantity", ColumnType.QUANTITY),
        Column("unit"),
        Column("native_hours", ColumnType.QUANTITY, total=True),
        Column("standard_hours", ColumnType.QUANTITY, total=True),
        Column("factor", ColumnType.QUANTITY),
        Column("factor_source"),
        Column("certificate"),
        Column("rule"),
        Column("is_trial"),
        Column("inputs_hash"),
        Column("readings", ColumnType.INTEGER, total=True),
        Column("units_max", ColumnType.QUANTITY),
        Column("created_at", ColumnType.TIME),
        HASH,
    ),
    rows=_usage_rows,
    content=_usage,
    moment="created_at",
    parties=_PROVIDER,
)


def _certificate_rows(owner_id: UUID | None) -> QuerySet[CapacityCertificate]:
    found = CapacityCertificate.objects.all()
    return found if owner_id is None else found.filter(provider_id=owner_id)


def _certificate(certificate: CapacityCertificate) -> dict[str, str]:
    return {
        "id": str(certificate.pk),
        "resource": str(certificate.resource_id),
        "provider": str(certificate.provider_id),
        "precision": certificate.precision,
        "density": certificate.density,
        "path": certificate.path,
        "value": quantity_text(certificate.value),
        "unit": certificate.unit,
        "assessment": certificate.assessment,
        "source": certificate.source,
        "verifier": str(certificate.verifier_id),
        "verifier_person": str(certificate.verifier_person_id),
        "valid_from": time_text(certificate.valid_from),
        "valid_to": time_text(certificate.valid_to),
        "certified_at": time_text(certificate.certified_at),
    }


CERTIFICATES: Final = DocumentKind(
    name="metering.certificate",
    form=1,
    columns=(
        Column("id"),
        Column("resource"),
        Column("provider"),
        Column("precision"),
        Column("density"),
        Column("path"),
        Column("value", ColumnType.QUANTITY),
        Column("unit"),
        Column("assessment"),
        Column("source"),
        Column("verifier"),
        Column("verifier_person"),
        Column("valid_from", ColumnType.TIME),
        Column("valid_to", ColumnType.TIME),
        Column("certified_at", ColumnType.TIME),
        HASH,
    ),
    rows=_certificate_rows,
    content=_certificate,
    moment="certified_at",
    parties=_PROVIDER,
)


def _decision_rows(owner_id: UUID | None) -> QuerySet[WindowDecision]:
    found = WindowDecision.objects.all()
    return found if owner_id is None else found.filter(provider_id=owner_id)


def _decision(decision: WindowDecision) -> dict[str, str]:
    return {
        "id": str(decision.pk),
        "window": str(decision.window_id),
        "provider": str(decision.provider_id),
        "verdict": decision.verdict,
        "quantity": quantity_text(decision.quantity),
        "reason": decision.reason,
        "decided_by": str(decision.decided_by_id),
        "decided_by_person": str(decision.decided_by_person_id),
        "decided_at": time_text(decision.decided_at),
    }


DECISIONS: Final = DocumentKind(
    name="metering.window_decision",
    form=1,
    columns=(
        Column("id"),
        Column("window", ColumnType.INTEGER),
        Column("provider"),
        Column("verdict"),
        Column("quantity", ColumnType.QUANTITY),
        Column("reason"),
        Column("decided_by"),
        Column("decided_by_person"),
        Column("decided_at", ColumnType.TIME),
        HASH,
    ),
    rows=_decision_rows,
    content=_decision,
    moment="decided_at",
    parties=_PROVIDER,
)
