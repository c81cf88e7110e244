"""How this room tells the record of events."""

from collections.abc import Iterable
from uuid import UUID

from identity.events import services as events
from marketplace.vouchers.event_names import VoucherEvent
from marketplace.vouchers.models import (
    Application,
    ControlFinding,
    ControlRule,
    Objection,
    Programme,
    ProgrammeDraft,
    ProgrammeFunding,
    SampleDraw,
    SupplierSize,
    Voucher,
    VoucherBatch,
)


def of_programme(name: VoucherEvent, programme: Programme, **facts: object) -> None:
    """Record something of a programme."""
    event = events.Event(
        name=name,
        object_kind="programme",
        object_id=programme.pk,
        object_label=programme.code,
        concerns=[programme.issuer_id],
        facts=facts,
    )
    events.record([event])


def of_batch(name: VoucherEvent, batch: VoucherBatch) -> None:
    """Record something of a batch, for who made it and who decides."""
    event = events.Event(
        name=name,
        object_kind="voucher_batch",
        object_id=batch.pk,
        object_label=batch.number,
        concerns=[batch.made_for_id, batch.programme.issuer_id],
        facts={"count": batch.count, "amount_minor": batch.total_minor},
    )
    events.record([event])


def of_draft(name: VoucherEvent, draft: ProgrammeDraft) -> None:
    """Record something of a draft, for its issuer alone."""
    event = events.Event(
        name=name,
        object_kind="programme_draft",
        object_id=draft.pk,
        object_label=draft.code,
        concerns=[draft.issuer_id],
        facts={"revision": draft.revision},
    )
    events.record([event])


def of_funding(name: VoucherEvent, funding: ProgrammeFunding, programme: Programme) -> None:
    """Record something of a budget."""
    event = events.Event(
        name=name,
        object_kind="funding",
        object_id=funding.pk,
        object_label=programme.code,
        concerns=[programme.issuer_id],
        facts={"amount_minor": funding.amount_minor},
    )
    events.record([event])


def of_application(
    name: VoucherEvent, application: Application, issuer_id: UUID | None, **facts: object
) -> None:
    """Record something of an application, for who applied and, if somebody, who decides."""
    event = events.Event(
        name=name,
        object_kind="application",
        object_id=application.pk,
        object_label=application.number,
        concerns=[each for each in (application.applicant_id, issuer_id) if each],
        facts={"amount_minor": application.amount_minor, **facts},
    )
    events.record([event])


def of_objection(name: VoucherEvent, objection: Objection, issuer_id: UUID) -> None:
    """Record something of an objection, for who objected and who decides."""
    event = events.Event(
        name=name,
        object_kind="objection",
        object_id=objection.pk,
        object_label=objection.application.number,
        concerns=[objection.made_for_id, issuer_id],
        facts={"state": objection.state},
    )
    events.record([event])


def of_vouchers(name: VoucherEvent, vouchers: Iterable[Voucher], **facts: object) -> None:
    """Record that the same happened to vouchers, for their holders and issuers."""
    events.record(
        events.Event(
            name=name,
            object_kind="voucher",
            object_id=voucher.pk,
            object_label=voucher.number,
            concerns=[voucher.holder_id, voucher.programme_version.programme.issuer_id],
            facts=facts,
        )
        for voucher in vouchers
    )


def of_issued(vouchers: Iterable[Voucher]) -> None:
    """Record that vouchers were issued, for their holders and issuers."""
    events.record(
        events.Event(
            name=VoucherEvent.VOUCHER_ISSUED,
            object_kind="voucher",
            object_id=voucher.pk,
            object_label=voucher.number,
            concerns=[voucher.holder_id, voucher.programme_version.programme.issuer_id],
            facts={"amount_minor": voucher.face_minor, "expires_at": voucher.expires_at},
        )
        for voucher in vouchers
    )


def of_findings(name: VoucherEvent, findings: Iterable[ControlFinding]) -> None:
    """Record something of what control found, for the issuer alone."""
    events.record(
        events.Event(
            name=name,
            object_kind="control_finding",
            object_id=each.pk,
            object_label=each.number,
            concerns=[each.issuer_id],
            facts={"code": each.code, "severity": each.severity, "state": each.state},
        )
        for each in findings
    )


def of_control_rule(name: VoucherEvent, rule: ControlRule) -> None:
    """Record that a version of a rule holds."""
    event = events.Event(
        name=name,
        object_kind="control_rule",
        object_id=rule.pk,
        object_label=str(rule),
        facts={"severity": rule.severity, "parameters": rule.parameters},
    )
    events.record([event])


def of_sample(name: VoucherEvent, sample: SampleDraw) -> None:
    """Record something of a sample, for its issuer."""
    event = events.Event(
        name=name,
        object_kind="sample",
        object_id=sample.pk,
        object_label=sample.number,
        concerns=[sample.issuer_id],
        facts={"commitment": sample.commitment, "drawn": len(sample.drawn)},
    )
    events.record([event])


def of_supplier_size(size: SupplierSize) -> None:
    """Record what a supplier qualifies with from now on."""
    event = events.Event(
        name=VoucherEvent.SUPPLIER_SIZED,
        object_kind="supplier_size",
        object_id=size.pk,
        object_label=size.reference,
        concerns=[size.supplier_id],
        facts={"pflops": size.pflops, "racks": size.racks, "origin": size.origin},
    )
    events.record([event])
