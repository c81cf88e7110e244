"""Layouts of identifiers are published once, and are in use from a day on."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from common.canonical import content_hash
from common.errors import NotFound, Refusal
from identity.identifiers import profiles
from identity.models import IdentifierProfile
from identity.register_models import ProfileUse


class ProfileExists(Refusal):
    """A version that was published is never edited; another day's use is said once."""

    code = "profile_exists"
    sentence = _("This version of the profile, or its use from this moment, is published already.")


def publish_profile(*, definition: Mapping[str, Any], valid_from: datetime) -> IdentifierProfile:
    """
    Publish a layout of identifiers; nothing takes its codes before a pool or `use_profile` does.

    :raises ProfileRefused: if it does not read its vectors, or a code could be of two profiles
    :raises ProfileExists: if the version is published
    """
    others = [profiles.layout(row.definition) for row in IdentifierProfile.objects.all()]
    found = profiles.require_publishable(
        definition, [other for other in others if other.version != definition.get("version")]
    )
    row = IdentifierProfile(
        version=found.version,
        definition=definition,
        content_hash=content_hash(definition),
        source=str(definition.get("source", ""))[:200],
        valid_from=valid_from,
    )
    _insert(row)
    return row


def use_profile(*, version: str, from_at: datetime) -> ProfileUse:
    """
    Let resources that are registered from a moment on, in no pool, get codes of a profile.

    :raises NotFound: if no such version is published
    :raises ProfileExists: if something is said of this moment already
    """
    if not IdentifierProfile.objects.filter(version=version).exists():
        raise NotFound
    use = ProfileUse(profile_id=version, from_at=from_at)
    _insert(use)
    return use


def _insert(row: IdentifierProfile | ProfileUse) -> None:
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError as error:
        raise ProfileExists from error
