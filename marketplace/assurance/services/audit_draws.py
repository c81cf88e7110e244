"""Suppliers to audit are drawn by a seed that was committed to before they were known."""

import secrets
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from common import tenancy
from common.moments import market_date
from common.numbers import take_numbers
from identity import selectors as identity_selectors
from identity.approvals.contracts import Person
from marketplace.assurance import locks, telling
from marketplace.assurance.audit_contracts import (
    DRAWN_MAX,
    DUE_DAYS_MAX,
    OVER,
    AuditsDrawn,
    AuditSeedRefused,
    InvalidAudit,
)
from marketplace.assurance.event_names import AssuranceEvent
from marketplace.assurance.models import AuditDraw, CapacityAudit
from marketplace.assurance.services.auditing import opened_audits
from marketplace.vouchers import control
from marketplace.vouchers import selectors as vouchers_selectors

SEED_BYTES: Final = 32


@transaction.atomic
def commit_audits(*, count: int, due_days: int, by: Person, now: datetime) -> tuple[AuditDraw, str]:
    """
    Commit to a seed by which so many suppliers will be drawn; return it with what was published.

    The market keeps the commitment alone: who draws brings the seed.

    :raises InvalidAudit: if a number is out of its limits
    """
    for name, asked, most in (("count", count, DRAWN_MAX), ("due_days", due_days, DUE_DAYS_MAX)):
        if not 1 <= asked <= most:
            told = _("%(least)s to %(most)s are allowed") % {"least": 1, "most": most}
            raise InvalidAudit(field=name, problem=told)
    seed = secrets.token_bytes(SEED_BYTES)
    with tenancy.acting_as_platform():
        (number,) = take_numbers("assurance_audit_draw_number", prefix="CD", at=now)
        draw = AuditDraw.objects.create(
            number=number,
            count=count,
            due_days=due_days,
            commitment=control.commitment(seed),
            committed_at=now,
            committed_by_id=by.id,
        )
        telling.of_audit_draw(AssuranceEvent.AUDITS_COMMITTED, draw)
    return draw, seed.hex()


@transaction.atomic
def draw_audits(*, draw_id: UUID, seed: str, by: Person, now: datetime) -> AuditDraw:
    """
    Draw suppliers that qualify with a capacity programmes ask for, and open their audits.

    Anybody draws them again: the credit codes, sorted by the SHA-256 of seed and code, the first.
    Who is audited already stays among the names, and is not audited twice.

    :raises AuditNotFound: if there is no such draw
    :raises AuditsDrawn: if it was made before
    :raises AuditSeedRefused: if it is not the seed that was committed to
    """
    with tenancy.acting_as_platform():
        draw = locks.audit_draw(draw_id)
        if draw.drawn_at is not None:
            raise AuditsDrawn
        meant = _meant(seed, draw.commitment)
        parties = _relied_on(now=now)
        draw.names = sorted(parties)
        draw.drawn = control.drawn(meant, draw.names, count=draw.count)
        draw.seed, draw.drawn_at = meant.hex(), now
        draw.save(update_fields=["seed", "names", "drawn", "drawn_at"])
        chosen = [parties[each] for each in draw.drawn]
        under_way = set(
            CapacityAudit.objects.filter(supplier_id__in=chosen)
            .exclude(state__in=OVER)
            .values_list("supplier_id", flat=True)
        )
        opened_audits(
            [each for each in chosen if each not in under_way],
            reason=_("Drawn by %(number)s") % {"number": draw.number},
            due_on=market_date(now) + timedelta(days=draw.due_days),
            by=by,
            now=now,
            draw=draw,
        )
        telling.of_audit_draw(AssuranceEvent.AUDITS_DRAWN, draw)
    return draw


def _meant(seed: str, commitment: str) -> bytes:
    try:
        meant = bytes.fromhex(seed.strip())
    except ValueError:
        raise AuditSeedRefused(field="seed") from None
    if control.commitment(meant) != commitment:
        raise AuditSeedRefused(field="seed")
    return meant


def _relied_on(*, now: datetime) -> dict[str, UUID]:
    """Return by credit code who qualifies with a capacity, if programmes in force ask."""
    if not vouchers_selectors.programmes_that_ask_for_size(at=now):
        return {}
    sizes = vouchers_selectors.sizes_in_force(at=now)
    holding = [pk for pk, size in sizes.items() if size.pflops or size.racks]
    return {each.uscc: pk for pk, each in identity_selectors.organizations(holding).items()}
