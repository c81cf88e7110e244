"""
Requests to a language model: counted at an interface on trial, and rated.

Orders commit card-, processor- or node-time, not tokens. So tokens are measured and priced here,
and nobody is charged for them.
"""

from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Final
from uuid import UUID

from common import tenancy
from identity import selectors as identity_selectors
from identity import services as identity
from identity.contracts import CapacityUnit, ResourceClass, ResourceForm
from identity.services import ResourceFacts
from marketplace.settlement.contracts import Measured
from marketplace.settlement.folding import measure
from marketplace.settlement.importing.contracts import Imported, Progress, TokenPlan
from marketplace.settlement.importing.ledger_check import add_ledger
from marketplace.settlement.importing.readings import close_windows
from metering import selectors as metering_selectors
from metering import services as metering
from metering.contracts import BadRow, Reading, UsageRow
from pricing import rules as pricing
from pricing.contracts import RateCard, RateComponent, RateTier, RateUnit

RULE: Final = "tokens"
BATCH: Final = 5_000
GRACE: Final = timedelta(days=1)


def import_tokens(
    rows: Sequence[UsageRow | BadRow], *, plan: TokenPlan, progress: Progress
) -> Imported:
    """Count the tokens of a trace, close their windows, and say what they would cost."""
    imported = Imported(rows=len(rows))
    good: list[UsageRow] = []
    for row in rows:
        if isinstance(row, BadRow):
            imported.refuse(row.line, row.code, row.detail)
        elif row.ends_at is None or row.ends_at > plan.now:
            imported.refuse(row.line, "in_future", "the request is not over yet")
        else:
            good.append(row)
    if good:
        meter_id = _meter(plan, imported)
        _ingest(good, meter_id, plan, imported, progress)
        close_windows(max(row.ends_at or plan.now for row in good) + GRACE, imported)
        imported.tokens = sum((row.quantity for row in good), start=Decimal(0))
        imported.rated_minor = _price(imported.tokens, plan)
    add_ledger(imported)
    return imported


def _meter(plan: TokenPlan, imported: Imported) -> UUID:
    """Return the trial meter of the file's interface, making both at the first import."""
    with tenancy.acting_as_platform():
        rule = metering_selectors.rule_version(code=RULE)
        known = identity_selectors.registered_resources().filter(
            provider_id=plan.provider_id, name=plan.name, form=ResourceForm.API
        )
        resource = known.first()
        if resource is None:
            resource = identity.register_resource(
                provider_id=plan.provider_id,
                facts=ResourceFacts(
                    name=plan.name,
                    region=plan.region,
                    resource_class=ResourceClass.AI,
                    form=ResourceForm.API,
                    specification={"nodes": 1},
                    capacity_unit=CapacityUnit.NODE,
                    total_milli=1_000,
                ),
                registered_at=plan.now,
            )
        found = metering_selectors.meters_of_resource(resource_id=resource.pk).first()
        if found is None:
            imported.meters += 1
            found = metering.register_meter(
                provider_id=plan.provider_id,
                resource_id=resource.pk,
                name="import",
                rule_version_id=rule.id,
                now=plan.now,
                is_trial=True,
            )
        return found.pk


def _ingest(
    rows: Sequence[UsageRow],
    meter_id: UUID,
    plan: TokenPlan,
    imported: Imported,
    progress: Progress,
) -> None:
    for start in range(0, len(rows), BATCH):
        batch = rows[start : start + BATCH]
        with tenancy.acting_as_platform():
            result = metering.ingest(
                provider_id=plan.provider_id,
                readings=[_reading(row, meter_id, plan) for row in batch],
                received_at=plan.now,
            )
        imported.readings += result.accepted
        imported.readings_known += result.duplicates
        for refused in result.refused:
            imported.refuse(batch[refused.index].line, str(refused.code), refused.detail)
        progress("readings", start + len(batch), len(rows))


def _reading(row: UsageRow, meter_id: UUID, plan: TokenPlan) -> Reading:
    starts_at = row.starts_at or plan.now
    return Reading(
        source=f"urn:import:{plan.name}",
        event_id=row.subject_name,
        meter_id=meter_id,
        starts_at=starts_at,
        ends_at=row.ends_at or starts_at,
        quantity=row.quantity,
        unit=row.unit,
    )


def _price(tokens: Decimal, plan: TokenPlan) -> int:
    """Return what the tokens would cost, in minor units."""
    nothing = UUID(int=0)
    card = RateCard(
        version_id=nothing,
        plan_code="import",
        version=1,
        asset="CNY",
        components=(
            RateComponent("tokens", RateUnit.KTOKEN, (RateTier(Decimal(0), plan.unit_price),)),
        ),
        content_hash="",
        provider_id=plan.provider_id,
    )
    return pricing.total_minor(
        pricing.rate(card, measure(Measured(tokens, None), "token", nothing))
    )
