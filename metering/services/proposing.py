"""What two operators agree on: the next version of a measurement rule, or of a conversion table."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from common import notice
from common.ids import uuid7
from common.moments import parse_moment
from identity.approvals import services as approvals
from identity.approvals.contracts import Draft, Person, Proposed, Settled
from identity.contracts import Role
from metering import definitions, worsening
from metering.contracts import InvalidRule, RuleFacts
from metering.models import MeasurementRule, Metric
from metering.services import tables
from metering.services.publishing import effective_from, publish_rule_version
from metering.services.tables import Agreed
from metering.table_contracts import RULE_KIND, TABLE_KIND
from metering.table_models import ConversionTableVersion


def propose_rule_version(
    *,
    code: str,
    name: str,
    name_en: str,
    definition: dict[str, Any],
    source: str,
    valid_from: datetime | None,
    by: Person,
    now: datetime,
) -> Proposed:
    """
    Propose the next version of a rule, or a new rule; another operator's approval publishes it.

    :raises InvalidRule: if the definition breaks its form, or names a table that is not in force
    :raises BackDated, OutOfTurn, NoticeTooShort: if it may not take effect then
    :raises ProposalWaits: if another version of the rule waits
    :raises ProposalTooLate: if nobody could approve it before its notice has to begin
    """
    parsed = definitions.parse(definition)
    if not Metric.objects.filter(code=parsed.metric).exists():
        raise InvalidRule(reason="unknown metric")
    rule = MeasurementRule.objects.filter(code=code).first()
    latest = rule.versions.order_by("-version").first() if rule else None
    starts_at = effective_from(latest, valid_from, definition, now=now)
    tables.require_in_force(parsed.conversion, at=starts_at)
    is_worse = latest is not None and worsening.is_worse(latest.definition, definition)
    content = {
        "code": code,
        "version": latest.version + 1 if latest else 1,
        "name": rule.name if rule else name,
        "name_en": rule.name_en if rule else name_en,
        "definition": definition,
        "source": source,
        "valid_from": valid_from,
    }
    return _propose(RULE_KIND, code, content, valid_from, is_worse=is_worse, by=by, now=now)


@transaction.atomic
def confirm_rule_version(
    *, proposal_id: UUID, person_id: int, organization_id: UUID, now: datetime, note: str = ""
) -> RuleFacts:
    """
    Publish a version of a rule that another operator proposed.

    :raises RuleVersionConflict: if the version was published meanwhile
    :raises ProposalNotFound, ProposalDecided, SecondPersonRequired, Forbidden: as `settle`
    """
    by = Person(person_id, organization_id)
    settled, agreed = _settle(RULE_KIND, proposal_id, by, now=now, note=note)
    return publish_rule_version(now=now, agreed=agreed, **_said(settled))


def propose_table(
    *,
    name: str,
    title: str,
    title_en: str,
    definition: dict[str, Any],
    source: str,
    valid_from: datetime | None,
    by: Person,
    now: datetime,
) -> Proposed:
    """
    Propose the next version of a class's conversion table.

    :raises InvalidTable: if it breaks its form, or an hour of the class would be another hour
    :raises BackDated, OutOfTurn, NoticeTooShort: if it may not take effect then
    :raises ProposalWaits, ProposalTooLate: as above
    """
    tables.require_sound(name, definition)
    tables.begins(name, valid_from, definition, now=now)
    latest = ConversionTableVersion.objects.filter(hour_class=name).order_by("-version").first()
    content = {
        "hour_class": name,
        "version": latest.version + 1 if latest else 1,
        "title": title,
        "title_en": title_en,
        "definition": definition,
        "source": source,
        "valid_from": valid_from,
    }
    is_worse = latest is not None and worsening.table_is_worse(latest.definition, definition)
    return _propose(TABLE_KIND, name, content, valid_from, is_worse=is_worse, by=by, now=now)


@transaction.atomic
def confirm_table(
    *, proposal_id: UUID, person_id: int, organization_id: UUID, now: datetime, note: str = ""
) -> ConversionTableVersion:
    """
    Publish a version of a table that another operator proposed.

    :raises TableVersionConflict: if the version was published meanwhile
    :raises ProposalNotFound, ProposalDecided, SecondPersonRequired, Forbidden: as `settle`
    """
    by = Person(person_id, organization_id)
    settled, agreed = _settle(TABLE_KIND, proposal_id, by, now=now, note=note)
    said = _said(settled)
    return tables.publish_table(now=now, agreed=agreed, name=said.pop("hour_class"), **said)


def _propose(
    kind: str,
    name: str,
    content: dict[str, Any],
    valid_from: datetime | None,
    *,
    is_worse: bool,
    by: Person,
    now: datetime,
) -> Proposed:
    draft = Draft(
        kind=kind,
        reference=name,
        label=f"{name} v{content['version']}",
        content=content,
        role=Role.OPERATOR,
        by=by,
        lapses_at=valid_from and notice.to_announce_by(valid_from, is_worse=is_worse),
        lapses_field="valid_from",
    )
    return approvals.propose(draft, now=now)


def _settle(
    kind: str, proposal_id: UUID, by: Person, *, now: datetime, note: str
) -> tuple[Settled, Agreed]:
    made = uuid7()
    settled = approvals.settle(
        proposal_id=proposal_id, kind=kind, by=by, result_id=made, now=now, note=note
    )
    return settled, Agreed(made, settled.id, settled.proposed_by_id, settled.decided_by_id)


def _said(settled: Settled) -> dict[str, Any]:
    """Return what was agreed on, as its service takes it."""
    asked = settled.content["valid_from"]
    return {**settled.content, "valid_from": asked and parse_moment(asked)}
