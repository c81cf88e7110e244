"""
What people with a duty across the market open of others is written down, on every page and by API.

An address that holds an identifier leads to an object, and `OBJECTS` says whose that is. Nothing is
asked of the views, and what is written is one statement within the request's own transaction.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from django.apps import apps
from django.db import connection
from django.http import HttpRequest, HttpResponseBase

from common import doing
from identity.contracts import Actor
from identity.privacy import selectors as privacy_selectors
from identity.privacy import services as privacy_services

OK: Final = 200


@dataclass(frozen=True, slots=True)
class Kept:
    """Whose an object is: its table, the columns of its organisations, and of its person."""

    kind: str
    model: str
    owners: tuple[str, ...]
    person: str = ""
    key: str = "pk"


TRADED: Final = ("buyer_id", "provider_id")
PROVIDED: Final = ("provider_id",)
# By the name of the identifier in an address. What is left out says nothing of one organisation.
OBJECTS: Final = {
    "organization_id": Kept("organization", "identity.Organization", ("pk",)),
    "membership_id": Kept("membership", "identity.Membership", ("organization_id",), "user_id"),
    "key_id": Kept("api_key", "identity.ApiKey", ("organization_id",), "created_by_id"),
    "agent_id": Kept("agent", "identity.MeteringAgent", ("organization_id",)),
    "place_id": Kept("place", "particulars.Place", ("organization_id",)),
    "invitation_id": Kept("invitation", "entry.Invitation", ("organization_id",), "user_id"),
    "connection_id": Kept("sso_connection", "entry.SsoConnection", ("organization_id",)),
    "certificate_id": Kept("certificate", "identity.SmeCertificate", ("organization_id",)),
    "file_id": Kept("file", "files.StoredFile", ("organization_id",), "uploaded_by_id"),
    "submission_id": Kept(
        "form_submission", "forms.FormSubmission", ("organization_id",), "submitted_by_id"
    ),
    "certificate_request_id": Kept(
        "certificate_request", "certifying.CertificateRequest", ("organization_id",), "asked_by_id"
    ),
    "pool_request_id": Kept(
        "pool_request", "identity.PoolRequest", ("organization_id",), "asked_by_id"
    ),
    "appeal_id": Kept("appeal", "appeals.Appeal", ("organization_id",), "made_by_id"),
    "endpoint_id": Kept("webhook", "webhooks.Endpoint", ("organization_id",), "created_by_id"),
    "delivery_id": Kept("webhook_delivery", "webhooks.Delivery", ("organization_id",)),
    "project_id": Kept("project", "projects.Project", ("organization_id",), "opened_by_id"),
    "cap_id": Kept("budget", "budgets.Cap", ("organization_id",), "person_id"),
    "order_id": Kept("order", "orders.Order", TRADED),
    "demand_id": Kept("demand", "demands.PostedDemand", ("buyer_id",)),
    "round_order_id": Kept("round_order", "rounds.RoundOrder", ("buyer_id",)),
    "order_delivery_id": Kept("delivery", "fulfilment.ComputeDelivery", TRADED),
    "driver_id": Kept("driver", "drivers.ProviderDriver", PROVIDED),
    "maintenance_id": Kept("maintenance", "fulfilment.MaintenanceWork", PROVIDED),
    "level_evaluation_id": Kept("level_evaluation", "assurance.LevelEvaluation", TRADED),
    "audit_id": Kept("capacity_audit", "assurance.CapacityAudit", ("supplier_id",)),
    "dispute_id": Kept("dispute", "assurance.TradeDispute", TRADED),
    "contract_id": Kept("contract", "settlement.Contract", TRADED),
    "charge_id": Kept("charge", "settlement.Charge", TRADED),
    "trade_number": Kept("trade_record", "settlement.TradeRecord", TRADED, key="number"),
    "adjustment_id": Kept("adjustment", "settlement.Adjustment", TRADED),
    "application_id": Kept(
        "application", "vouchers.Application", ("applicant_id",), "applied_by_id"
    ),
    "voucher_id": Kept("voucher", "vouchers.Voucher", ("holder_id",)),
    "batch_id": Kept("voucher_batch", "vouchers.VoucherBatch", ("made_for_id",), "made_by_id"),
    "finding_id": Kept("finding", "vouchers.ControlFinding", ("applicant_id",)),
    "claim_id": Kept("voucher_claim", "claims.VoucherClaim", ("provider_id",), "submitted_by_id"),
    "recovery_id": Kept("recovery", "claims.Recovery", ("payee_id",)),
    "reimbursement_id": Kept(
        "reimbursement", "claims.Reimbursement", ("applicant_id",), "asked_by_id"
    ),
    "statement_id": Kept("statement", "statements.Statement", ("organization_id",)),
    "monitor_id": Kept("monitor", "statements.AccountMonitor", ("organization_id",), "made_by_id"),
    "movement_id": Kept("movement", "payments.Movement", ("organization_id",), "requested_by_id"),
    "export_id": Kept("export", "audit.Export", ("organization_id",), "requested_by_id"),
    "meter_id": Kept("meter", "metering.Meter", PROVIDED),
    "usage_id": Kept("usage_record", "metering.UsageRecord", PROVIDED),
    "window_id": Kept("window", "metering.Window", PROVIDED),
    "centre_id": Kept("data_centre", "metering_energy.DataCentre", PROVIDED),
    "supply_id": Kept("green_supply", "metering_energy.GreenSupply", PROVIDED),
    "assessment_id": Kept(
        "assessment", "metering_verifying.ThirdPartyAssessment", PROVIDED, "asked_by_id"
    ),
    "mapping_id": Kept("mapping", "metering_senders.Mapping", PROVIDED),
}


class SeeingMiddleware:
    """Write down, beside the answer, that somebody opened what is of others."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Pass the request on; note what it opened."""
        response = self.get_response(request)
        actor: Actor | None = getattr(request, "actor", None)
        if (
            request.method == "GET"
            and response.status_code == OK
            and actor is not None
            and privacy_selectors.is_watched(actor)
            and connection.in_atomic_block
        ):
            _note(request, actor)
        return response


def _note(request: HttpRequest, actor: Actor) -> None:
    """Note the object that an address leads to: the last identifier in it."""
    match = request.resolver_match
    named = [name for name in (match.kwargs if match else {}) if name in OBJECTS]
    if match is None or not named:
        return
    kept, value = OBJECTS[named[-1]], match.kwargs[named[-1]]
    looked = privacy_services.Opened(
        reader_id=actor.person_id,
        organization_id=actor.organization_id,
        api_key_id=actor.api_key_id,
        object_kind=kept.kind,
        object_id=str(value)[:64],
        page=match.view_name[:100],
        request_id=doing.request_id(),
    )
    privacy_services.note_seen(
        looked, rows=_rows(kept, value), owners=kept.owners, person=kept.person
    )


def _rows(kept: Kept, value: UUID | int | str) -> Any:
    """Select an object by the name of its table: this is wiring, and reads no rows itself."""
    return apps.get_model(kept.model)._default_manager.filter(**{kept.key: value})
