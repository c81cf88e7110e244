"""Changing the address that a person signs in with: proved by a letter, told at both addresses."""

import secrets
from datetime import datetime, timedelta

from allauth.account.models import EmailAddress
from django.db import IntegrityError, transaction
from django.urls import reverse

from common import addresses, seals
from common.errors import InvalidInput
from identity.entry import letters as own_letters
from identity.entry.contracts import ADDRESS_CHANGE_HOURS, AddressChangeOver, AddressTaken
from identity.entry.event_names import EntryEvent
from identity.entry.models import AddressChange
from identity.events import services as events
from identity.models import User
from identity.selectors import hash_secret
from identity.services import devices


@transaction.atomic
def ask_address_change(*, user_id: int, email: str, now: datetime) -> None:
    """
    Send a link to the address that a person wants to sign in with, and tell the present one.

    The answer is the same for an address that is in use: no link is sent then.

    :raises InvalidInput: if it is the address already
    """
    wanted = email.strip().lower()
    with seals.signing_in():
        user = User.objects.get(pk=user_id)
        if user.email == wanted:
            raise InvalidInput(field="email")
        AddressChange.objects.filter(user_id=user_id, used_at=None).delete()
        own_letters.change_asked(email=user.email, language=user.language)
        if User.objects.filter(email=wanted).exists():
            return
        token = secrets.token_urlsafe(32)
        AddressChange.objects.create(
            user_id=user_id,
            email=wanted,
            token_hash=hash_secret(token),
            asked_at=now,
            expires_at=now + timedelta(hours=ADDRESS_CHANGE_HOURS),
        )
        link = addresses.public(reverse("portal:address-confirm", args=[token]))
        own_letters.prove_address(email=wanted, language=user.language, link=link)


@transaction.atomic
def confirm_address_change(*, token: str, now: datetime) -> User:
    """
    Let a person sign in with the address whose link they followed; every session ends.

    :raises AddressChangeOver: if the link is unknown, used or too old
    :raises AddressTaken: if somebody took the address meanwhile
    """
    with seals.signing_in():
        change = (
            AddressChange.objects.filter(token_hash=hash_secret(token), used_at=None)
            .select_for_update(no_key=True)
            .first()
        )
        if change is None or change.expires_at <= now:
            raise AddressChangeOver
        user = User.objects.select_for_update(no_key=True).get(pk=change.user_id)
        if not user.is_active:
            raise AddressChangeOver
        former = user.email
        try:
            with transaction.atomic():
                User.objects.filter(pk=user.pk).update(email=change.email)
        except IntegrityError as error:
            raise AddressTaken from error
        EmailAddress.objects.filter(user_id=user.pk).delete()
        EmailAddress.objects.create(
            user_id=user.pk, email=change.email, verified=True, primary=True
        )
        change.used_at = now
        change.save(update_fields=["used_at"])
        devices.end_other_devices(user_id=user.pk, session_key="")
        event = events.Event(
            name=EntryEvent.ADDRESS_CHANGED, object_kind="person", object_id=user.pk
        )
        events.record([event])
    for address in (former, change.email):
        own_letters.address_changed(email=address, language=user.language)
    user.refresh_from_db()
    return user


def forget_address_changes(*, now: datetime) -> int:
    """Remove links that are used or too old; return how many."""
    with seals.signing_in():
        count, _rows = AddressChange.objects.filter(expires_at__lte=now).delete()
    return count
