"""Drafts of programmes: saved as far as they are known, proposed once they are whole."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from identity.approvals.contracts import Person, Proposed
from marketplace.vouchers import drafting, fields, locks, programme_rules, telling, trying
from marketplace.vouchers.event_names import VoucherEvent
from marketplace.vouchers.models import Programme, ProgrammeDraft
from marketplace.vouchers.services.programmes import propose_programme, propose_version


@transaction.atomic
def save_draft(
    data: Mapping[str, Any], *, issuer_id: UUID, now: datetime, revision: int | None = None
) -> ProgrammeDraft:
    """
    Keep a draft of an issuer, new or instead of the one with its code.

    With `revision`, only if nobody saved another meanwhile.

    :raises InvalidProgrammeRules: naming the first member that is wrong; missing ones are not
    :raises DraftChanged: if the draft has another revision by now
    """
    for fault in drafting.wrong("", data):
        raise fields.bad(fault.path, fault.problem)
    content = {
        "name": data["name"],
        "name_en": data.get("name_en", ""),
        "region": data.get("region", ""),
        "source": data["source"],
        "rules": data["rules"],
        "examples": data.get("examples", []),
        "changed_at": now,
    }
    draft, is_new = ProgrammeDraft.objects.get_or_create(
        issuer_id=issuer_id, code=data["code"], defaults=content
    )
    if not is_new:
        draft = locks.draft(draft_id=draft.pk, issuer_id=issuer_id)
        if revision is not None and draft.revision != revision:
            raise drafting.DraftChanged
        for name, each in content.items():
            setattr(draft, name, each)
        draft.revision += 1
        draft.save()
    elif revision:
        raise drafting.DraftChanged
    telling.of_draft(VoucherEvent.DRAFT_SAVED, draft)
    return draft


@transaction.atomic
def propose_draft(
    *, draft_id: UUID, by: Person, now: datetime, valid_from: datetime | None = None
) -> Proposed:
    """
    Propose what a draft says: a programme, or the next rules of the one with its code.

    :raises DraftNotReady: with each member that is missing or wrong, and its clause
    :raises ExampleFails: if a worked example comes to another amount, expected and got
    :raises ProgrammeNotFound: if the draft, or the programme of its code, is another issuer's
    """
    draft = locks.draft(draft_id=draft_id, issuer_id=by.organization_id)
    drafting.require_ready(draft.rules)
    parsed = programme_rules.parse(draft.rules)
    trying.require_right(parsed, trying.read(draft.examples))
    programme = Programme.objects.filter(code=draft.code).first()
    if programme is not None:
        return propose_version(
            programme_id=programme.pk,
            rules_data=draft.rules,
            source=draft.source,
            by=by,
            now=now,
            valid_from=valid_from,
        )
    return propose_programme(
        code=draft.code,
        name=draft.name,
        name_en=draft.name_en,
        region=draft.region,
        rules_data=draft.rules,
        source=draft.source,
        by=by,
        now=now,
        valid_from=valid_from,
    )
