"""Programmes: set up with their rules, and given new ones."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from common import notice
from common.canonical import content_hash
from marketplace import accounts
from marketplace.vouchers import locks, programme_rules, telling, worsening
from marketplace.vouchers.contracts import ProgrammeCodeTaken, ProgrammeRules
from marketplace.vouchers.event_names import VoucherEvent
from marketplace.vouchers.models import Programme, ProgrammeVersion


@transaction.atomic
def create_programme(
    *,
    code: str,
    name: str,
    name_en: str,
    region: str,
    issuer_id: UUID,
    rules_data: object,
    source: str,
    published_by_id: int,
    now: datetime,
    valid_from: datetime | None = None,
) -> Programme:
    """
    Set up a programme with its first rules, its asset and its accounts.

    :raises InvalidProgrammeRules: if the rules break their format
    :raises ProgrammeCodeTaken: if the code was ever used
    """
    programme_rules.parse(rules_data)
    asset = accounts.programme_asset(code)
    programme, is_new = Programme.objects.get_or_create(
        code=code,
        defaults={
            "name": name,
            "name_en": name_en,
            "region": region,
            "issuer_id": issuer_id,
            "asset": asset,
            "created_at": now,
        },
    )
    if not is_new:
        raise ProgrammeCodeTaken(field="code")
    accounts.open_programme(code, issuer_id=issuer_id)
    telling.of_programme(VoucherEvent.PROGRAMME_CREATED, programme)
    publish_version(
        programme_id=programme.id,
        issuer_id=issuer_id,
        rules_data=rules_data,
        source=source,
        published_by_id=published_by_id,
        valid_from=valid_from,
        now=now,
    )
    return programme


@transaction.atomic
def publish_version(
    *,
    programme_id: UUID,
    issuer_id: UUID,
    rules_data: object,
    source: str,
    published_by_id: int,
    now: datetime,
    valid_from: datetime | None = None,
) -> ProgrammeVersion:
    """
    Publish the next rules of a programme; vouchers already issued keep the rules they came with.

    Without a moment they take effect as early as they may: now, or after the notice if they give
    somebody less.

    :raises InvalidProgrammeRules: if the rules break their format
    :raises ProgrammeNotFound: if the programme is another issuer's
    :raises BackDated: if the moment is past
    :raises OutOfTurn: if other rules take effect then, or later
    :raises NoticeTooShort: if they give somebody less and would do so too soon
    """
    programme = locks.programme(programme_id=programme_id, issuer_id=issuer_id)
    parsed = programme_rules.parse(rules_data)
    latest = programme.versions.order_by("-version").first()
    canonical = programme_rules.canonical(parsed)
    version = ProgrammeVersion.objects.create(
        programme=programme,
        version=latest.version + 1 if latest else 1,
        rules=canonical,
        content_hash=content_hash(canonical),
        source=source,
        published_at=now,
        valid_from=_starting(latest, valid_from, parsed, now=now),
        published_by_id=published_by_id,
    )
    telling.of_programme(
        VoucherEvent.RULES_PUBLISHED,
        programme,
        version=version.version,
        valid_from=version.valid_from,
        content_hash=version.content_hash,
    )
    return version


def _starting(
    latest: ProgrammeVersion | None, asked: datetime | None, rules: ProgrammeRules, *, now: datetime
) -> datetime:
    """Return when the next rules of a programme begin."""
    if latest is None:
        return notice.effective_at(asked, now=now, before=None, is_worse=False)
    return notice.effective_at(
        asked,
        now=now,
        before=latest.valid_from,
        is_worse=worsening.is_worse(programme_rules.parse(latest.rules), rules),
        field="valid_from",
    )
