"""Programmes: set up with their rules, and given new ones."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from common.canonical import content_hash
from marketplace import accounts
from marketplace.vouchers import locks, programme_rules, telling
from marketplace.vouchers.contracts import ProgrammeCodeTaken
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
        valid_from=valid_from or now,
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
    valid_from: datetime,
) -> ProgrammeVersion:
    """
    Publish the next rules of a programme; vouchers already issued keep the rules they came with.

    :raises InvalidProgrammeRules: if the rules break their format
    :raises ProgrammeNotFound: if the programme is another issuer's
    """
    programme = locks.programme(programme_id=programme_id, issuer_id=issuer_id)
    canonical = programme_rules.canonical(programme_rules.parse(rules_data))
    version = ProgrammeVersion.objects.create(
        programme=programme,
        version=programme.versions.count() + 1,
        rules=canonical,
        content_hash=content_hash(canonical),
        source=source,
        valid_from=valid_from,
        published_by_id=published_by_id,
    )
    telling.of_programme(
        VoucherEvent.RULES_PUBLISHED,
        programme,
        version=version.version,
        valid_from=valid_from,
        content_hash=version.content_hash,
    )
    return version
