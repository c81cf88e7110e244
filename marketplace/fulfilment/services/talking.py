"""Messages of the two parties of a delivery, and how far each has read."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.template.defaultfilters import filesizeformat

from common import tenancy
from identity.files import services as files_services
from identity.files.contracts import Grant
from marketplace.fulfilment import talk_selectors, telling
from marketplace.fulfilment.models import ComputeDelivery, DeliveryMessage, TalkRead
from marketplace.fulfilment.talk_contracts import (
    ATTACHED,
    ATTACHMENTS_BYTES_MAX,
    ATTACHMENTS_MAX,
    BODY_LENGTH_MAX,
    MESSAGES_MAX,
    AttachmentsTooLarge,
    DeliveryMessageEmpty,
    DeliveryMessageTooLong,
    TalkFull,
    TalkReading,
    TalkSide,
    TooManyAttachments,
)


@transaction.atomic
def write_message(
    *,
    delivery_id: UUID,
    organization_id: UUID,
    body: str,
    by_id: int,
    now: datetime,
    file_ids: Sequence[UUID] = (),
) -> DeliveryMessage:
    """
    Write to the other side of a delivery; who writes has read what was written before.

    The files are the writer's, kept before. From now on they stay, and the other side sees them.

    :raises ComputeDeliveryNotFound: if it does not exist or is someone else's (the two look alike)
    :raises DeliveryMessageEmpty: if it says nothing
    :raises DeliveryMessageTooLong: if it has more characters than one may have
    :raises TooManyAttachments: if it carries more files than one may
    :raises AttachmentsTooLarge: if they are larger in all than they may be
    :raises TalkFull: if the delivery has as many messages as it may
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
        delivery, side = locked_party(delivery_id, organization_id=organization_id)
        last = last_sequence(delivery.pk)
        if last >= MESSAGES_MAX:
            raise TalkFull(most=MESSAGES_MAX)
        attachments = [
            _attached(delivery, each, owner_id=organization_id, by_id=by_id, now=now)
            for each in chosen
        ]
        size = sum(int(each["bytes"]) for each in attachments)
        if size > ATTACHMENTS_BYTES_MAX:
            shown = {"size": filesizeformat(size), "most": filesizeformat(ATTACHMENTS_BYTES_MAX)}
            raise AttachmentsTooLarge(field="file_ids", **shown)
        made = DeliveryMessage.objects.create(
            delivery=delivery,
            buyer_id=delivery.buyer_id,
            provider_id=delivery.provider_id,
            sequence=last + 1,
            side=side,
            body=text,
            attachments=attachments,
            sent_at=now,
            sent_by_id=by_id,
        )
        _read(delivery, side, sequence=made.sequence, now=now)
        telling.of_message(delivery, made, at=now)
        return made


@transaction.atomic
def read_messages(
    *, delivery_id: UUID, organization_id: UUID, sequence: int, now: datetime
) -> TalkReading:
    """
    Note that a side has read up to a message; an earlier one, or one to come, changes nothing more.

    :raises ComputeDeliveryNotFound: if it does not exist or is someone else's (the two look alike)
    """
    with tenancy.acting_as_platform():
        delivery, side = locked_party(delivery_id, organization_id=organization_id)
        _read(delivery, side, sequence=min(sequence, last_sequence(delivery.pk)), now=now)
        return talk_selectors.reading_of(delivery, side)


def locked_party(delivery_id: UUID, *, organization_id: UUID) -> tuple[ComputeDelivery, TalkSide]:
    """
    Return a locked delivery, and which of its two parties an organisation is.

    :raises ComputeDeliveryNotFound: if it does not exist or is someone else's (the two look alike)
    """
    row = ComputeDelivery.objects.filter(pk=delivery_id).select_for_update(no_key=True).first()
    return talk_selectors.party_of(row, organization_id=organization_id)


def last_sequence(delivery_id: UUID) -> int:
    """Return the number of the last message; 0 where there is none."""
    found = DeliveryMessage.objects.filter(delivery_id=delivery_id).order_by("-sequence")
    return found.values_list("sequence", flat=True).first() or 0


def _attached(
    delivery: ComputeDelivery, file_id: UUID, *, owner_id: UUID, by_id: int, now: datetime
) -> dict[str, str | int]:
    """Let the message rely on a file, and the other side see it."""
    file = files_services.rely_on(organization_id=owner_id, file_id=file_id, by=ATTACHED, now=now)
    other = delivery.provider_id if owner_id == delivery.buyer_id else delivery.buyer_id
    files_services.share(file=file, grants=[Grant(other)], person_id=by_id, now=now)
    return {"file_id": str(file.pk), "name": file.name, "bytes": file.bytes}


def _read(delivery: ComputeDelivery, side: TalkSide, *, sequence: int, now: datetime) -> None:
    row = TalkRead.objects.filter(delivery=delivery, side=side).first()
    if row is None:
        TalkRead.objects.create(
            delivery=delivery,
            buyer_id=delivery.buyer_id,
            provider_id=delivery.provider_id,
            side=side,
            sequence=sequence,
            read_at=now,
        )
    elif row.sequence < sequence:
        row.sequence, row.read_at = sequence, max(now, row.read_at)
        row.save(update_fields=["sequence", "read_at"])
