"""Programmes: set up with their rules, and given new ones, as two people of the issuer agree."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from common import notice
from common.canonical import content_hash
from common.ids import uuid7
from common.moments import parse_moment
from identity.approvals import services as approvals
from identity.approvals.contracts import Draft, Person, Proposed, Settled
from identity.contracts import Role
from marketplace import accounts
from marketplace.vouchers import (
    fields,
    locks,
    programme_2,
    programme_rules,
    selectors,
    telling,
    worsening,
)
from marketplace.vouchers.contracts import (
    PROGRAMME_KIND,
    VERSION_KIND,
    ProgrammeCodeTaken,
)
from marketplace.vouchers.event_names import VoucherEvent
from marketplace.vouchers.models import Programme, ProgrammeVersion


def propose_programme(
    *,
    code: str,
    name: str,
    name_en: str,
    region: str,
    rules_data: object,
    source: str,
    by: Person,
    now: datetime,
    valid_from: datetime | None = None,
) -> Proposed:
    """
    Propose a programme of one's organisation with its first rules.

    It opens once another person of the issuer approves it; its rules hold from then on, or from
    another moment: nobody relied on other terms.

    :raises InvalidProgrammeRules: if the rules break their format
    :raises ProgrammeCodeTaken: if the code was ever used
    """
    content = {
        "code": code,
        "name": name,
        "name_en": name_en,
        "region": region,
        **_rules(rules_data, source, valid_from),
    }
    if Programme.objects.filter(code=code).exists():
        raise ProgrammeCodeTaken(field="code")
    return _propose(PROGRAMME_KIND, code, content, None, by=by, now=now)


@transaction.atomic
def create_programme(
    *, proposal_id: UUID, person_id: int, organization_id: UUID, now: datetime, note: str = ""
) -> Programme:
    """
    Set up a programme that somebody else proposed: its first rules, its asset and its accounts.

    :raises ProgrammeCodeTaken: if the code was used meanwhile
    :raises ProposalNotFound, ProposalDecided, SecondPersonRequired, Forbidden: as `settle`
    """
    made = uuid7()
    agreed = approvals.settle(
        proposal_id=proposal_id,
        kind=PROGRAMME_KIND,
        by=Person(person_id, organization_id),
        result_id=made,
        now=now,
        note=note,
    )
    facts = {name: agreed.content[name] for name in ("code", "name", "name_en", "region")}
    code = facts.pop("code")
    programme, is_new = Programme.objects.get_or_create(
        code=code,
        defaults={
            **facts,
            "id": made,
            "issuer_id": organization_id,
            "asset": accounts.programme_asset(code),
            "created_at": now,
        },
    )
    if not is_new:
        raise ProgrammeCodeTaken(field="code")
    accounts.open_programme(code, issuer_id=organization_id)
    telling.of_programme(VoucherEvent.PROGRAMME_CREATED, programme)
    _publish(programme, agreed, version_id=uuid7(), now=now)
    return programme


def propose_version(
    *,
    programme_id: UUID,
    rules_data: object,
    source: str,
    by: Person,
    now: datetime,
    valid_from: datetime | None = None,
) -> Proposed:
    """
    Propose the next rules of a programme; vouchers already issued keep the rules they came with.

    Without a moment they take effect as early as they may once approved: then, or after the notice
    if they give somebody less.

    :raises InvalidProgrammeRules: if the rules break their format
    :raises ProgrammeNotFound: if the programme is another issuer's
    :raises ProposalWaits: if other rules of the programme wait already
    :raises BackDated: if the moment is past
    :raises OutOfTurn: if other rules take effect then, or later
    :raises NoticeTooShort: if they give somebody less and would do so too soon
    :raises ProposalTooLate: if nobody could approve them before their notice has to begin
    """
    programme = selectors.programme(programme_id=programme_id, issuer_id=by.organization_id)
    content = {
        "programme_id": str(programme.pk),
        **_rules(rules_data, source, valid_from),
    }
    return _propose(VERSION_KIND, programme.code, content, _latest(programme), by=by, now=now)


@transaction.atomic
def publish_version(
    *, proposal_id: UUID, person_id: int, organization_id: UUID, now: datetime, note: str = ""
) -> ProgrammeVersion:
    """
    Publish rules of a programme that somebody else proposed.

    :raises BackDated, OutOfTurn, NoticeTooShort: if they cannot take effect then any more
    :raises ProposalNotFound, ProposalDecided, SecondPersonRequired, Forbidden: as `settle`
    """
    made = uuid7()
    agreed = approvals.settle(
        proposal_id=proposal_id,
        kind=VERSION_KIND,
        by=Person(person_id, organization_id),
        result_id=made,
        now=now,
        note=note,
    )
    programme = locks.programme(
        programme_id=UUID(agreed.content["programme_id"]), issuer_id=organization_id
    )
    return _publish(programme, agreed, version_id=made, now=now)


def _rules(rules_data: object, source: str, valid_from: datetime | None) -> dict[str, Any]:
    """Return the rules as they are frozen; refuse those whose vouchers nobody could claim."""
    rules = programme_rules.canonical(programme_rules.parse(rules_data))
    if programme_2.is_version_2(rules):
        for each in programme_2.unpublishable(rules):
            raise fields.bad(each.path, each.problem)
    return {
        "rules": rules,
        "source": source,
        "valid_from": valid_from,
    }


def _propose(
    kind: str,
    code: str,
    content: Mapping[str, Any],
    latest: ProgrammeVersion | None,
    *,
    by: Person,
    now: datetime,
) -> Proposed:
    asked, rules = content["valid_from"], content["rules"]
    _starting(latest, asked, rules, now=now)
    draft = Draft(
        kind=kind,
        reference=code,
        label=code,
        content=content,
        role=Role.ISSUER,
        desk_id=by.organization_id,
        by=by,
        lapses_at=_lapses_at(latest, asked, rules, now=now),
        lapses_field="valid_from",
    )
    return approvals.propose(draft, now=now)


def _lapses_at(
    latest: ProgrammeVersion | None,
    asked: datetime | None,
    rules: Mapping[str, Any],
    *,
    now: datetime,
) -> datetime | None:
    """Return until when another person can approve rules, so that their notice is whole."""
    if asked is None:
        return None
    if latest is None:  # First rules may begin in the past.
        return asked if asked > now else None
    return notice.to_announce_by(asked, is_worse=_is_worse(latest, rules))


def _publish(
    programme: Programme, agreed: Settled, *, version_id: UUID, now: datetime
) -> ProgrammeVersion:
    rules, asked = agreed.content["rules"], agreed.content["valid_from"]
    latest = _latest(programme)
    version = ProgrammeVersion.objects.create(
        id=version_id,
        programme=programme,
        version=latest.version + 1 if latest else 1,
        rules=rules,
        content_hash=content_hash(rules),
        source=agreed.content["source"],
        published_at=now,
        valid_from=_starting(latest, asked and parse_moment(asked), rules, now=now),
        published_by_id=agreed.proposed_by_id,
        approved_by_id=agreed.decided_by_id,
        proposal_id=agreed.id,
    )
    telling.of_programme(
        VoucherEvent.RULES_PUBLISHED,
        programme,
        version=version.version,
        valid_from=version.valid_from,
        content_hash=version.content_hash,
    )
    return version


def _latest(programme: Programme) -> ProgrammeVersion | None:
    return programme.versions.order_by("-version").first()


def _starting(
    latest: ProgrammeVersion | None,
    asked: datetime | None,
    rules: Mapping[str, Any],
    *,
    now: datetime,
) -> datetime:
    """Return when the next rules of a programme begin."""
    if latest is None:
        return notice.effective_at(asked, now=now, before=None, is_worse=False)
    return notice.effective_at(
        asked,
        now=now,
        before=latest.valid_from,
        is_worse=_is_worse(latest, rules),
        field="valid_from",
    )


def _is_worse(latest: ProgrammeVersion, rules: Mapping[str, Any]) -> bool:
    return worsening.is_worse(programme_rules.parse(latest.rules), programme_rules.parse(rules))
