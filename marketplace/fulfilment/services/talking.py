"""Messages of the two parties of an order, and how far each has read."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.template.defaultfilters import filesizeformat

from common import tenancy
from common.moments import market_date
from identity.files import services as files_services
from identity.files.contracts import Grant
from marketplace.fulfilment import locks, talk_rules, talk_selectors, telling
from marketplace.fulfilment.models import DeliveryMessage, TalkRead
from marketplace.fulfilment.talk_contracts import (
    ATTACHED,
    ATTACHMENTS_BYTES_MAX,
    ATTACHMENTS_MAX,
    BODY_LENGTH_MAX,
    MESSAGES_MAX,
    AttachmentsTooLarge,
    DeliveryMessageEmpty,
    DeliveryMessageTooLong,
    TalkClosed,
    TalkFull,
    TalkReading,
    TalkSide,
    TalkSubject,
    TooManyAttachments,
)


@transaction.atomic
def write_message(
    *,
    order_id: UUID,
    organization_id: UUID,
    body: str,
    by_id: int,
    now: datetime,
    file_ids: Sequence[UUID] = (),
) -> DeliveryMessage:
    """
    Write to the other side of an order; who writes has read what was written before.

    The files are the writer's, kept before. From now on they stay, and the other side sees them.

    :raises OrderNotFound: if it does not exist or is someone else's (the two look alike)
    :raises DeliveryMessageEmpty: if it says nothing
    :raises DeliveryMessageTooLong: if it has more characters than one may have
    :raises TooManyAttachments: if it carries more files than one may
    :raises AttachmentsTooLarge: if they are larger in all than they may be
    :raises NobodyToTalkTo: if no provider is known of it yet
    :raises TalkClosed: if the order has been over for too long
    :raises TalkFull: if there are as many messages about it as there may be
    :raises FileNotFound: if a file is not one of the writer's
    """
    text = body.strip()
    if not text:
        raise DeliveryMessageEmpty(field="body")
    if len(text) > BODY_LENGTH_MAX:
        raise DeliveryMessageTooLong(field="body", most=BODY_LENGTH_MAX)
    chosen = list(dict.fromkeys(file_ids))
    if len(chosen) > ATTACHMENTS_MAX:
        raise TooManyAttachments(field="file_ids", most=ATTACHMENTS_MAX)
    with tenancy.acting_as_platform():
        subject, side = locked_party(order_id, organization_id=organization_id)
        if subject.closes_at is not None and subject.closes_at <= now:
            days = talk_rules.TALKS.rule(talk_rules.TALKS.newest).open_after.days
            raise TalkClosed(since=market_date(subject.closes_at).isoformat(), days=days)
        last = talk_selectors.last_sequence(order_id)
        if last >= MESSAGES_MAX:
            raise TalkFull(most=MESSAGES_MAX)
        attachments = [
            _attached(subject, each, owner_id=organization_id, by_id=by_id, now=now)
            for each in chosen
        ]
        size = sum(int(each["bytes"]) for each in attachments)
        if size > ATTACHMENTS_BYTES_MAX:
            shown = {"size": filesizeformat(size), "most": filesizeformat(ATTACHMENTS_BYTES_MAX)}
            raise AttachmentsTooLarge(field="file_ids", **shown)
        made = DeliveryMessage.objects.create(
            order_id=order_id,
            order_number=subject.order_number,
            buyer_id=subject.buyer_id,
            provider_id=subject.provider_id,
            sequence=last + 1,
            side=side,
            body=text,
            attachments=attachments,
            sent_at=now,
            sent_by_id=by_id,
        )
        _read(subject, side, sequence=made.sequence, now=now)
        telling.of_message(subject, made, at=now)
        return made


@transaction.atomic
def read_messages(
    *, order_id: UUID, organization_id: UUID, sequence: int, now: datetime
) -> TalkReading:
    """
    Note that a side has read up to a message; an earlier one, or one to come, changes nothing more.

    :raises OrderNotFound: if it does not exist or is someone else's (the two look alike)
    """
    with tenancy.acting_as_platform():
        subject, side = locked_party(order_id, organization_id=organization_id)
        last = talk_selectors.last_sequence(order_id)
        _read(subject, side, sequence=min(sequence, last), now=now)
        return talk_selectors.reading_of(subject, side)


def locked_party(order_id: UUID, *, organization_id: UUID) -> tuple[TalkSubject, TalkSide]:
    """
    Take the conversation about an order, and return which of its two parties an organisation is.

    :raises OrderNotFound: if it does not exist or is someone else's (the two look alike)
    :raises NobodyToTalkTo: if no provider is known of it yet
    """
    talk_selectors.subject_of(order_id, organization_id=organization_id)  # Nobody else waits here.
    locks.conversation(order_id)
    return talk_selectors.subject_of(order_id, organization_id=organization_id)


def _attached(
    subject: TalkSubject, file_id: UUID, *, owner_id: UUID, by_id: int, now: datetime
) -> dict[str, str | int]:
    """Let the message rely on a file, and the other side see it."""
    file = files_services.rely_on(organization_id=owner_id, file_id=file_id, by=ATTACHED, now=now)
    other = subject.provider_id if owner_id == subject.buyer_id else subject.buyer_id
    files_services.share(file=file, grants=[Grant(other)], person_id=by_id, now=now)
    return {"file_id": str(file.pk), "name": file.name, "bytes": file.bytes}


def _read(subject: TalkSubject, side: TalkSide, *, sequence: int, now: datetime) -> None:
    row = TalkRead.objects.filter(order_id=subject.order_id, side=side).first()
    if row is None:
        TalkRead.objects.create(
            order_id=subject.order_id,
            buyer_id=subject.buyer_id,
            provider_id=subject.provider_id,
            side=side,
            sequence=sequence,
            read_at=now,
        )
    elif row.sequence < sequence:
        row.sequence, row.read_at = sequence, max(now, row.read_at)
        row.save(update_fields=["sequence", "read_at"])
