"""What a person has read."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from django.db import transaction

from common import tenancy
from common.errors import NotFound
from identity.contracts import Actor
from identity.notices import selectors
from identity.notices.contracts import READ_MAX, UnknownNotice
from identity.notices.models import Notice


@transaction.atomic
def mark_read(actor: Actor, *, ids: Collection[UUID], now: datetime) -> int:
    """
    Note that a person has read some notices; return how many were unread.

    :raises UnknownNotice: if one of them is not a notice of this person; then none is noted
    """
    wanted = set(ids)
    assert len(wanted) <= READ_MAX
    mine = selectors.notices_of(actor).filter(pk__in=wanted)
    if mine.count() < len(wanted):
        raise UnknownNotice(field="ids")
    return mine.filter(read_at=None).update(read_at=now)


def mark_all_read(actor: Actor, *, until: datetime, now: datetime) -> int:
    """Note that a person has read all that was noticed until a moment; return how many."""
    unread = selectors.notices_of(actor).filter(read_at=None, noticed_at__lte=until)
    return unread.update(read_at=now)


def open_notice(*, notice_id: UUID, person_id: int, now: datetime) -> Notice:
    """
    Return a notice of a person in whichever organisation, and note that it was read.

    :raises NotFound: if this person has no such notice
    """
    with tenancy.acting_as_platform():
        notice = Notice.objects.filter(pk=notice_id, user_id=person_id).first()
        if notice is None:
            raise NotFound
        if notice.read_at is None:
            Notice.objects.filter(pk=notice.pk, read_at=None).update(read_at=now)
        return notice
