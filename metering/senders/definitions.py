"""
Mappings as data: which series counts for which meter. Strict form, canonical hash, matching. Pure.

A rule names a metric and what its labels must be: a text, a pattern with `*` and `?`, or a list of
such. There are no regular expressions: what a provider writes is tried against every series, and
must be cheap whatever it says.
"""

import fnmatch
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Annotated, Any, Final, Literal
from uuid import UUID

import msgspec
from msgspec import Meta

from common import canonical
from metering.contracts import CountingMeter
from metering.senders.contracts import (
    GAP_SECONDS_MAX,
    LABEL_NAME_MAX,
    LABEL_VALUE_MAX,
    RULES_MAX,
    VALUES_MAX,
    WAIT_SECONDS_MAX,
    InvalidMapping,
    MappingChange,
    Reads,
    SeriesKind,
    Unmapped,
)
from metering.senders.naming import series_key

FACTOR_DIGITS: Final = 40
# What a sender calls a series is no more than a hint, for exporters are careless about it; but
# what it grew by is no level, and a histogram is no number.
_UNLIKE: Final = {
    Reads.COUNTER: frozenset({SeriesKind.OTHER}),
    Reads.GAUGE: frozenset({SeriesKind.OTHER, SeriesKind.DELTA}),
    Reads.PRESENT: frozenset({SeriesKind.OTHER, SeriesKind.DELTA}),
}

_PLAIN: Final = r"^[^\x00-\x1f\x7f\ud800-\udfff]*$"  # what can be kept as text, and seen

LabelName = Annotated[str, Meta(min_length=1, max_length=LABEL_NAME_MAX, pattern=_PLAIN)]
LabelText = Annotated[str, Meta(max_length=LABEL_NAME_MAX, pattern=_PLAIN)]
LabelValue = Annotated[str, Meta(max_length=LABEL_VALUE_MAX, pattern=_PLAIN)]
_MATCHED: Final = re.compile(_PLAIN)
CHOICES_MAX: Final = 100  # texts of which a label must be one
Table = Annotated[dict[LabelValue, UUID], Meta(max_length=VALUES_MAX)]


class MappingRule(msgspec.Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """One metric and the meter that it counts for."""

    metric: LabelName
    # Bounds are looked at in `_problem`: msgspec 0.22 writes beyond its memory where a text with
    # a length and a pattern is one of several types.
    labels: dict[LabelName, str | list[str]] = {}
    reads: Literal["counter", "gauge", "present"]
    meter: UUID | None = None
    meter_label: LabelText = ""
    meters: Table = {}
    unit: Annotated[str, Meta(max_length=24, pattern=_PLAIN)] = ""
    factor: Annotated[str, Meta(max_length=FACTOR_DIGITS)] = "1"
    order: UUID | None = None
    order_label: LabelText = ""
    orders: Table = {}


class MappingDefinition(msgspec.Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """What a mapping says."""

    rules: Annotated[list[MappingRule], Meta(min_length=1, max_length=RULES_MAX)]
    gap_seconds: Annotated[int, Meta(ge=1, le=GAP_SECONDS_MAX)] = 300
    wait_seconds: Annotated[int, Meta(ge=0, le=WAIT_SECONDS_MAX)] = 30


@dataclass(frozen=True, slots=True)
class Directory:
    """The meters of a provider, by their ids and by what their resources are called."""

    meters: Mapping[UUID, CountingMeter]

    def by_identifier(self, identifier: str, unit: str) -> CountingMeter | None:
        """Return the meter of a unit on a resource, if there is exactly one."""
        found = [
            each
            for each in self.meters.values()
            if each.identifier == identifier and each.unit == unit
        ]
        return found[0] if len(found) == 1 else None

    def by_text(self, text: str) -> CountingMeter | None:
        """Return the meter whose id a text is."""
        try:
            return self.meters.get(UUID(text))
        except ValueError:
            return None


@dataclass(frozen=True, slots=True)
class Followed:
    """A series, the meter that it counts for, and how."""

    key: str
    metric: str
    labels: Mapping[str, str]
    meter: CountingMeter
    reads: Reads
    factor: Decimal
    gap_seconds: int
    wait_seconds: int
    subject: UUID | None
    place: int = 0  # of the rule, from 1 on


@dataclass(frozen=True, slots=True)
class RulePlan:
    """A rule within its mapping."""

    rule: MappingRule
    gap_seconds: int
    wait_seconds: int
    mapping: str = ""
    place: int = 0  # of the rule in its mapping, from 1 on


@dataclass(frozen=True, slots=True)
class MappingBook:
    """Everything that a provider's mappings say, by metric."""

    directory: Directory
    plans: Mapping[str, list[RulePlan]] = field(default_factory=dict)

    def match(
        self, metric: str, labels: Mapping[str, str], kind: SeriesKind
    ) -> tuple[list[Followed], Unmapped | None]:
        """Return what a series is followed for, or why it is not followed."""
        found: list[Followed] = []
        reason = Unmapped.NO_RULE
        for plan in self.plans.get(metric, ()):
            if not fits(plan.rule, labels):
                continue
            if kind in _UNLIKE[Reads(plan.rule.reads)]:
                reason = Unmapped.UNLIKE
                continue
            meter = meter_of(plan.rule, labels, self.directory)
            if meter is None:
                reason = Unmapped.NO_METER
            else:
                found.append(_followed(plan, metric, labels, meter))
        return found, (None if found else reason)


def parse(told: Any) -> MappingDefinition:
    """
    Read a mapping strictly.

    :raises InvalidMapping: naming the place
    """
    try:
        definition = msgspec.convert(told, MappingDefinition)
    except msgspec.ValidationError as error:
        raise InvalidMapping(field="definition", reason=str(error)) from error
    for number, rule in enumerate(definition.rules, start=1):
        problem = _problem(rule)
        if problem:
            raise InvalidMapping(field="definition", reason=f"rule {number}: {problem}")
    return definition


def _problem(rule: MappingRule) -> str:
    if not all(_is_matchable(asked) for asked in rule.labels.values()):
        return (
            f"a label is matched by at most {CHOICES_MAX} texts of at most {LABEL_VALUE_MAX}"
            " characters that can be seen"
        )
    if (rule.meter is None) == (not rule.meter_label):
        return "name a meter, or the label that tells it"
    if rule.meters and not rule.meter_label:
        return "a table of meters needs the label that it is looked up by"
    if rule.orders and not rule.order_label:
        return "a table of orders needs the label that it is looked up by"
    return "" if factor_of(rule) is not None else f"{rule.factor!r} is no factor above zero"


def _is_matchable(asked: str | list[str]) -> bool:
    texts = [asked] if isinstance(asked, str) else asked
    return len(texts) <= CHOICES_MAX and all(
        len(text) <= LABEL_VALUE_MAX and _MATCHED.fullmatch(text) for text in texts
    )


def factor_of(rule: MappingRule) -> Decimal | None:
    """Return what values are multiplied with; nothing where it is no number above zero."""
    try:
        factor = Decimal(rule.factor)
    except InvalidOperation:
        return None
    sound = factor.is_finite() and factor > 0 and abs(factor.adjusted()) <= FACTOR_DIGITS
    return factor if sound else None


def check(definition: MappingDefinition, directory: Directory) -> None:
    """
    Let a mapping name nothing but the provider's own meters, each in its unit.

    :raises InvalidMapping: naming the rule
    """
    for number, rule in enumerate(definition.rules, start=1):
        for meter_id in filter(None, (rule.meter, *rule.meters.values())):
            meter = directory.meters.get(meter_id)
            if meter is None:
                told = f"rule {number}: you have no meter {meter_id}"
                raise InvalidMapping(field="definition", reason=told)
            if rule.unit and meter.unit != rule.unit:
                told = f"rule {number}: {meter.name} counts {meter.unit}, not {rule.unit}"
                raise InvalidMapping(field="definition", reason=told)


def written(definition: MappingDefinition) -> dict[str, Any]:
    """Return a mapping as it is kept: what says nothing is left out."""
    told: dict[str, Any] = msgspec.to_builtins(definition)
    told["rules"] = [
        {name: value for name, value in rule.items() if value not in (None, "", {}, [])}
        for rule in told["rules"]
    ]
    return told


def mapping_hash(definition: MappingDefinition) -> str:
    """Return the hash of what a mapping says, whatever order its members came in."""
    return canonical.content_hash(written(definition))


def changes(before: Mapping[str, Any] | None, after: Mapping[str, Any]) -> list[MappingChange]:
    """Return the rules and settings by which two versions differ, first what is gone."""
    former, latter = _lines(before or {}), _lines(after)
    gone = [MappingChange("-", each) for each in former if each not in latter]
    return gone + [MappingChange("+", each) for each in latter if each not in former]


def _lines(definition: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    said = [{name: value} for name, value in definition.items() if name != "rules"]
    return [*said, *definition.get("rules", [])]


def book_of(definitions: Mapping[str, MappingDefinition], directory: Directory) -> MappingBook:
    """Return everything that mappings say, by metric; their names say where it stands."""
    plans: dict[str, list[RulePlan]] = {}
    for name, definition in definitions.items():
        for place, rule in enumerate(definition.rules, start=1):
            plan = RulePlan(rule, definition.gap_seconds, definition.wait_seconds, name, place)
            plans.setdefault(rule.metric, []).append(plan)
    return MappingBook(directory, plans)


def fits(rule: MappingRule, labels: Mapping[str, str]) -> bool:
    """Return whether a series is one that a rule means; a label that is not there is empty."""
    return all(
        any(fnmatch.fnmatchcase(labels.get(name, ""), pattern) for pattern in _patterns(wanted))
        for name, wanted in rule.labels.items()
    )


def _patterns(wanted: str | list[str]) -> Iterator[str]:
    yield from [wanted] if isinstance(wanted, str) else wanted


def meter_of(
    rule: MappingRule, labels: Mapping[str, str], directory: Directory
) -> CountingMeter | None:
    """
    Return the meter of a series.

    A label is looked up in the rule's table; without one it holds the id of a meter, or, where the
    rule names a unit, the identifier of a resource.
    """
    if rule.meter is not None:
        return directory.meters.get(rule.meter)
    said = labels.get(rule.meter_label, "")
    if rule.meters:
        known = rule.meters.get(said)
        return directory.meters.get(known) if known is not None else None
    found = directory.by_text(said)
    if found is None and rule.unit:
        found = directory.by_identifier(said, rule.unit)
    return found


def order_of(rule: MappingRule, labels: Mapping[str, str]) -> UUID | None:
    """Return the order of a series: what its label says, else the one that the rule names."""
    said = labels.get(rule.order_label, "").strip() if rule.order_label else ""
    if said in rule.orders:
        return rule.orders[said]
    try:
        return UUID(said)
    except ValueError:
        return rule.order


def _followed(
    plan: RulePlan, metric: str, labels: Mapping[str, str], meter: CountingMeter
) -> Followed:
    reads = Reads(plan.rule.reads)
    return Followed(
        key=series_key(metric, labels, meter.id, reads),
        metric=metric,
        labels=labels,
        meter=meter,
        reads=reads,
        factor=factor_of(plan.rule) or Decimal(1),
        gap_seconds=plan.gap_seconds,
        wait_seconds=plan.wait_seconds,
        subject=order_of(plan.rule, labels),
        place=plan.place,
    )
