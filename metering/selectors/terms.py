"""What rule versions say about arithmetic; a version never changes, so it is read once."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Final
from uuid import UUID

from metering import definitions, measure_1, units
from metering.contracts import Aggregate, Combine, MetricKind, Reads, RuleDefinition
from metering.measure_2 import MeasureTerms
from metering.models import MeasurementRuleVersion, Metric

READ_MAX: Final = 1_000
_READ: Final[dict[UUID, "RuleTerms"]] = {}


@dataclass(frozen=True, slots=True)
class RuleTerms:
    """How a rule version measures: by `measure-1` where there are no terms."""

    terms: MeasureTerms | None
    is_trial: bool
    unit: str  # of the metric

    @property
    def reading_unit(self) -> str:
        """Return the unit that readings come in."""
        return self.terms.unit if self.terms else self.unit

    @property
    def is_rateable(self) -> bool:
        """Return whether readings say how many units were in use at a moment."""
        it = self.terms
        return it is None or (
            it.reads is not Reads.CUMULATIVE and it.aggregate is Aggregate.SUM and not it.weights
        )


def rule_terms(version_ids: Iterable[UUID]) -> dict[UUID, RuleTerms]:
    """Return the terms of rule versions."""
    wanted = set(version_ids)
    missing = wanted - _READ.keys()
    if missing:
        if len(_READ) > READ_MAX:
            _READ.clear()
        _READ.update(_read(missing))
    return {key: _READ[key] for key in wanted}


def _read(version_ids: Iterable[UUID]) -> dict[UUID, RuleTerms]:
    rows = MeasurementRuleVersion.objects.filter(pk__in=version_ids).values_list(
        "id", "definition", "metric__unit", "metric__kind"
    )
    parsed = {
        key: (definitions.parse(definition), unit, kind) for key, definition, unit, kind in rows
    }
    weighed = {each.metric for definition, *_ in parsed.values() for each in definition.weights}
    known = _units(weighed) if weighed else {}
    return {
        key: RuleTerms(_terms(definition, unit, kind, known), definition.trial, unit)
        for key, (definition, unit, kind) in parsed.items()
    }


def _units(metrics: Iterable[str]) -> dict[str, str]:
    return dict(Metric.objects.filter(pk__in=metrics).values_list("code", "unit"))


def _terms(
    definition: RuleDefinition, unit: str, kind: str, known: Mapping[str, str]
) -> MeasureTerms | None:
    if definition.measuring_rule == measure_1.NAME:
        return None
    return MeasureTerms(
        reads=Reads(definition.reads),
        aggregate=Aggregate(definition.aggregate),
        window_seconds=definition.window_seconds,
        unit=units.reading_unit(unit, definition.reads),
        is_time=kind == MetricKind.TIME,
        weights={
            units.reading_unit(known[each.metric], definition.reads): Decimal(each.weight)
            for each in definition.weights
        },
        combine=Combine(definition.combine or Combine.SUM),
        multipliers={each.state: Decimal(each.factor) for each in definition.multipliers},
        increment=Decimal(definition.increment),
        minimum=Decimal(definition.minimum),
    )
