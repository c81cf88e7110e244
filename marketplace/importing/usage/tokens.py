"""
Requests to a language model: counted at an interface on trial, and rated.

Orders commit card-, processor- or node-time, not tokens. So tokens are measured and priced here,
and nobody is charged for them.
"""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from functools import partial
from typing import Final
from uuid import UUID

from common import tenancy
from identity import selectors as identity_selectors
from identity import services as identity_services
from identity.contracts import CapacityUnit, ResourceClass, ResourceForm
from identity.services import ResourceFacts
from marketplace.importing.contracts import BadRow, StepRow, UsageRow
from marketplace.importing.usage import runs
from marketplace.importing.usage.contracts import Imported, Progress, TokenPlan
from marketplace.importing.usage.ledger_check import add_ledger
from marketplace.importing.usage.readings import close_meters
from marketplace.importing.usage.runs import patiently
from marketplace.importing.usage.turns import OTHER_FILE, ROW_DIFFERS
from marketplace.settlement.contracts import Measured
from marketplace.settlement.folding import in_every_unit
from metering import selectors as metering_selectors
from metering import services as metering_services
from metering.contracts import IngestResult, Reading
from pricing import rules as pricing_rules
from pricing.contracts import RateCard, RateComponent, RateTier, RateUnit

RULE: Final = "tokens"
BATCH: Final = 5_000


def import_tokens(
    rows: Iterable[UsageRow | StepRow | BadRow], *, plan: TokenPlan, progress: Progress
) -> Imported:
    """
    Count the tokens of a trace, close their windows, and say what they would cost.

    A row that is known with other content is refused. Where nobody named the source, one such row
    shows that this is another file of the same name: then no new row of it is taken.

    :raises ImportBusy: if another import of the source is at work
    """
    imported = Imported()
    with runs.at_work(plan.file, plan.provider_id):
        run_id = runs.start(plan.file, plan.provider_id, now=plan.now)
        good = _good(rows, plan, imported)
        if good:
            meter_id = _meter(plan, imported)
            taken = _without_other_rows(good, meter_id, plan, imported)
            taken = _ingest(taken, meter_id, plan, imported, progress)
            close_meters([meter_id], plan.now, imported)
            imported.tokens = sum((row.quantity for row in taken), start=Decimal(0))
            imported.rated_minor = _price(imported.tokens, plan)
        add_ledger(imported)
        imported.count_readings()
        runs.finish(run_id, imported, is_whole=True, now=plan.now)
    return imported


def _good(
    rows: Iterable[UsageRow | StepRow | BadRow], plan: TokenPlan, imported: Imported
) -> list[UsageRow]:
    """Return the rows that can be counted; refuse the others."""
    good: list[UsageRow] = []
    for row in rows:
        imported.rows += 1
        if isinstance(row, BadRow):
            imported.refuse(row.line, row.code, row.detail)
        elif isinstance(row, StepRow) or row.ends_at is None or row.ends_at > plan.now:
            told = f"the request is not over yet (read in {plan.file.zone}): see --zone"
            imported.refuse(row.line, "in_future", told)
        else:
            good.append(row)
    return good


def _without_other_rows(
    rows: Sequence[UsageRow], meter_id: UUID, plan: TokenPlan, imported: Imported
) -> list[UsageRow]:
    """Return the rows that are new, or known with the same content; refuse the others."""
    known: set[str] = set()
    other: set[str] = set()
    for start in range(0, len(rows), BATCH):
        readings = [_reading(row, meter_id, plan) for row in rows[start : start + BATCH]]
        with tenancy.acting_as_platform():
            same, differing = metering_selectors.known_readings(
                provider_id=plan.provider_id, readings=readings
            )
        known |= same
        other |= differing
    is_other_file = bool(other) and not plan.file.is_named
    kept: list[UsageRow] = []
    for row in rows:
        if row.identity in other:
            told = f"{row.subject_name} of {plan.file.source} is known with other content"
            imported.refuse(row.line, ROW_DIFFERS, told)
        elif is_other_file and row.identity not in known:
            told = f"{plan.file.source} is known with other rows: name this file with --source"
            imported.refuse(row.line, OTHER_FILE, told)
        else:
            kept.append(row)
    return kept


def _meter(plan: TokenPlan, imported: Imported) -> UUID:
    """Return the trial meter of the file's interface, making both at the first import."""
    with tenancy.acting_as_platform():
        rule = metering_selectors.rule_version(code=RULE)
        known = identity_selectors.registered_resources().filter(
            provider_id=plan.provider_id, name=plan.file.source, form=ResourceForm.API
        )
        resource = known.first()
        if resource is None:
            resource = identity_services.register_resource(
                provider_id=plan.provider_id,
                facts=ResourceFacts(
                    name=plan.file.source,
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
            found = metering_services.register_meter(
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
) -> list[UsageRow]:
    """Hand the rows over; return those that were taken now or before."""
    taken: list[UsageRow] = []
    for start in range(0, len(rows), BATCH):
        batch = rows[start : start + BATCH]
        result = patiently(partial(_take, batch, meter_id, plan))
        imported.readings += result.accepted
        imported.readings_known += result.duplicates
        refused = {each.index for each in result.refused}
        for each in result.refused:
            imported.refuse(batch[each.index].line, str(each.code), each.detail)
        taken += [row for index, row in enumerate(batch) if index not in refused]
        progress("readings", start + len(batch), len(rows))
    return taken


def _take(batch: Sequence[UsageRow], meter_id: UUID, plan: TokenPlan) -> IngestResult:
    with tenancy.acting_as_platform():
        return metering_services.ingest(
            provider_id=plan.provider_id,
            readings=[_reading(row, meter_id, plan) for row in batch],
            received_at=plan.now,
            is_replay=True,
        )


def _reading(row: UsageRow, meter_id: UUID, plan: TokenPlan) -> Reading:
    starts_at = row.starts_at or plan.now
    return Reading(
        source=f"urn:import:{plan.file.source}",
        event_id=row.identity,
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
    return pricing_rules.total_minor(
        pricing_rules.rate(card, in_every_unit(Measured(tokens, None), "token", nothing))
    )
