"""
What a past month would have been under another rule: exact, as sets, and bounded.

Every record keeps its readings, so its quantity stands; what another factor makes of it is rounded
record by record, as the records themselves were.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from itertools import pairwise
from typing import Any, Final
from uuid import UUID

from django.db import connection

from common.period import Period
from identity import selectors as identity_selectors
from metering import definitions, rules
from metering.models import CapacityCertificate, MeasurementRuleVersion
from metering.selectors.factors import (
    FactorBook,
    RuleFactors,
    certificates_of_all,
    published_tables,
)
from metering.table_contracts import HourClass, WhatIfTooLarge

RECORDS_MAX: Final = 500_000
_DRAFT: Final = UUID(int=0)
_WHOSE: Final = """
    FROM metering_usagerecord usage
    JOIN metering_measurementruleversion version ON version.id = usage.rule_version_id
    WHERE version.rule_id = %(code)s
      AND usage.starts_at >= %(since)s AND usage.starts_at < %(until)s
      AND (%(provider)s::uuid IS NULL OR usage.provider_id = %(provider)s)
      AND (%(subjects)s::uuid[] IS NULL OR usage.subject = ANY (%(subjects)s::uuid[]))
      AND NOT EXISTS (
          SELECT FROM metering_usagerecord later WHERE later.supersedes_id = usage.id
      )
"""
RESOURCES: Final = f"""
    SELECT resource_id, count(*) FROM (
        SELECT usage.resource_id {_WHOSE} LIMIT %(limit)s
    ) found GROUP BY resource_id
"""
# x / 3600 rounded half to even at nine digits, on whole numbers: `round` would round half up.
TOTALS: Final = f"""
    WITH used AS (
        SELECT usage.*, usage.quantity * factors.value * 1000000000 AS whole, factors.value
        FROM (SELECT usage.* {_WHOSE}) usage
        LEFT JOIN unnest(
            %(resources)s::uuid[], %(begins)s::timestamptz[], %(ends)s::timestamptz[],
            %(values)s::numeric[]
        ) AS factors(resource_id, begins_at, ends_at, value)
          ON factors.resource_id = usage.resource_id
         AND usage.starts_at >= factors.begins_at AND usage.starts_at < factors.ends_at
    ), parted AS (
        SELECT used.*, div(whole, 3600) AS quotient, whole - div(whole, 3600) * 3600 AS rest
        FROM used
    )
    SELECT resource_id,
           CASE WHEN class_hours IS NOT NULL THEN hour_class
                WHEN standard_hours IS NOT NULL THEN 'training' ELSE '' END,
           count(*), coalesce(sum(native_hours), 0),
           coalesce(sum(coalesce(standard_hours, class_hours)), 0),
           coalesce(sum((quotient + CASE WHEN rest > 1800 OR (rest = 1800 AND quotient %% 2 = 1)
                                         THEN 1 ELSE 0 END) / 1000000000), 0),
           count(value)
    FROM parted GROUP BY 1, 2 ORDER BY 1, 2
"""


@dataclass(frozen=True, slots=True)
class WhatIfLine:
    """One resource's month: the hours that it had, and those that it would have had."""

    resource_id: UUID
    class_before: str  # empty: native hours alone
    class_after: str
    records: int
    native_hours: Decimal
    before: Decimal
    after: Decimal
    unconverted: int  # records that would have no factor

    @property
    def difference(self) -> Decimal | None:
        """Return by how much it would differ; hours of two classes have no difference."""
        if self.class_before and self.class_after and self.class_before != self.class_after:
            return None
        return self.after - self.before


@dataclass(frozen=True, slots=True)
class WhatIf:
    """What a month would have been, resource by resource."""

    lines: Sequence[WhatIfLine]
    records: int

    @property
    def totals(self) -> dict[str, tuple[Decimal, Decimal]]:
        """Return hours before and after by class: classes never add up."""
        found: dict[str, tuple[Decimal, Decimal]] = {}
        for line in self.lines:
            for name, before, after in (
                (line.class_before, line.before, Decimal(0)),
                (line.class_after, Decimal(0), line.after),
            ):
                if name:
                    old, new = found.get(name, (Decimal(0), Decimal(0)))
                    found[name] = old + before, new + after
        return found


def what_if(
    *,
    code: str,
    definition: Mapping[str, Any],
    period: Period,
    provider_id: UUID | None = None,
    subjects: Collection[UUID] | None = None,
) -> WhatIf:
    """
    Return what the usage of a rule in a period would have been under a definition, exactly.

    Whose: one provider's, that of some subjects, or all that row-level security shows.

    :raises WhatIfTooLarge: if there are more than `RECORDS_MAX` records
    :raises InvalidRule: if the definition breaks its form
    """
    values: dict[str, Any] = {
        "code": code,
        "since": period.starts_at,
        "until": period.ends_at,
        "provider": provider_id,
        "subjects": None if subjects is None else list(subjects),
    }
    rule = _rule(dict(definition))
    with connection.cursor() as cursor:
        cursor.execute(RESOURCES, values | {"limit": RECORDS_MAX + 1})
        found = dict(cursor.fetchall())
        if sum(found.values()) > RECORDS_MAX:
            raise WhatIfTooLarge(most=f"{RECORDS_MAX:,}")
        cursor.execute(TOTALS, values | _factors(rule, found, period))
        rows = cursor.fetchall()
    lines = [_line(rule, row) for row in rows]
    return WhatIf(lines, sum(line.records for line in lines))


def _line(rule: RuleFactors, row: tuple[Any, ...]) -> WhatIfLine:
    resource_id, class_before, records, native, before, after, converted = row
    return WhatIfLine(
        resource_id=resource_id,
        class_before=class_before,
        class_after=_class(rule) if converted else "",
        records=records,
        native_hours=native,
        before=before,
        after=after,
        unconverted=records - converted,
    )


def _class(rule: RuleFactors) -> str:
    return rule.table.hour_class if rule.table else HourClass.TRAINING


def _rule(definition: dict[str, Any]) -> RuleFactors:
    parsed = definitions.parse(definition)
    named = parsed.conversion
    tables = published_tables({(named.name, named.version)} if named else ())
    return RuleFactors(
        measuring=rules.RULES.rule(parsed.measuring_rule),
        is_standard=parsed.standard,
        accepts_certificates=parsed.accepts_certificates,
        by_chip=definitions.factors_by_name(parsed),
        table=tables[named.name, named.version] if named else None,
    )


def _factors(
    rule: RuleFactors, resource_ids: Collection[UUID], period: Period
) -> dict[str, list[Any]]:
    """Return the factor of each resource by stretches of the period, as columns."""
    resources = identity_selectors.resources(resource_ids)
    certificates = certificates_of_all(resource_ids)
    book = FactorBook(
        rule_factors={_DRAFT: rule},
        specifications={key: each.specification for key, each in resources.items()},
        certificates=certificates,
    )
    columns: dict[str, list[Any]] = {"resources": [], "begins": [], "ends": [], "values": []}
    for resource_id in resource_ids:
        for begins_at, ends_at in _stretches(certificates.get(resource_id, ()), period):
            factor, _reason = book.factor(_DRAFT, resource_id, at=begins_at)
            if factor is not None:
                columns["resources"].append(resource_id)
                columns["begins"].append(begins_at)
                columns["ends"].append(ends_at)
                columns["values"].append(factor.value)
    return columns


def _stretches(
    certificates: Collection[CapacityCertificate], period: Period
) -> Iterator[tuple[datetime, datetime]]:
    """Yield the stretches of a period in which the same certificates are in force."""
    edges = {edge for each in certificates for edge in (each.valid_from, each.valid_to)}
    inside = sorted(edge for edge in edges if period.starts_at < edge < period.ends_at)
    moments = [period.starts_at, *inside, period.ends_at]
    yield from pairwise(moments)


def definition_of(version_id: UUID) -> tuple[str, Mapping[str, Any]] | None:
    """Return the rule's code and what a version of it says, or nothing."""
    found = MeasurementRuleVersion.objects.filter(pk=version_id)
    return found.values_list("rule_id", "definition").first()
