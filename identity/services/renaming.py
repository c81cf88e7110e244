"""Codes give way to others, for ever; and resources get further codes beside their first."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from common.errors import InvalidInput, NotFound, Refusal
from common.moments import market_date
from identity import followers
from identity.contracts import RENAMED_TO_MAX, RenameKind, ResourceStatus
from identity.event_names import IdentityEvent
from identity.events import services as events
from identity.identifiers import codec, profiles
from identity.models import ComputeResource, IdentifierProfile
from identity.register_models import CodeAlias, CodeRename
from identity.services import hardware
from identity.services.pools import allotted_to
from identity.services.resources import (
    PoolFull,
    SerialTaken,
    lock_serials,
    say_reason,
    taken_serials,
)

ALIASES_MAX: Final = 10_000
REASON_MAX: Final = 500


class RenameRefused(Refusal):
    """A code is renamed once, to registered codes, and never in a circle."""

    code = "rename_refused"
    status = 422
    sentence = _(
        "A code that is in use gives way to other registered codes, once: these are none, or lead"
        " back to it."
    )


class MoveNotAgreed(Refusal):
    """A code moves to another node once that node countersigned it."""

    code = "move_not_agreed"
    status = 422
    sentence = _(
        "A code moves to another node once that node countersigned: ask for it as a move between"
        " nodes."
    )


@transaction.atomic
def rename_code(
    *,
    resource_id: UUID,
    provider_id: UUID,
    to: Sequence[str],
    kind: RenameKind,
    reason: str,
    now: datetime,
    by_id: int | None = None,
    is_agreed: bool = False,
) -> CodeRename:
    """
    Let a resource's code give way to others, for ever; it sells nothing from then on.

    The others are registered before; a move leads to a code of another node, which countersigned
    it if `is_agreed`.

    :raises NotFound: if it does not exist or is someone else's (the two look alike)
    :raises InvalidInput: if no code, or more than 16, or one twice is named, or no reason
    :raises RenameRefused: if it is renamed or withdrawn, or the others aren't registered
    :raises MoveNotAgreed: if it is to move, and no other node countersigned that
    """
    if kind == RenameKind.MOVE and not is_agreed:
        raise MoveNotAgreed(field="kind")
    codes, said = [each.strip() for each in to], reason.strip()
    if not 1 <= len(codes) <= RENAMED_TO_MAX or len(set(codes)) < len(codes):
        raise InvalidInput(field="to")
    for code in codes:
        codec.require_plain(code)
    if not 1 <= len(said) <= REASON_MAX:
        raise InvalidInput(field="reason")
    tell_followers = followers.before(resource_id)
    resource = (
        ComputeResource.objects.select_for_update(of=("self",), no_key=True)
        .filter(pk=resource_id, provider_id=provider_id)
        .first()
    )
    if resource is None:
        raise NotFound
    if resource.status in (ResourceStatus.WITHDRAWN, ResourceStatus.RENAMED):
        raise RenameRefused(field="to")
    made = CodeRename(
        from_code=resource.identifier,
        to_codes=codes,
        kind=kind,
        reason=said,
        provider_id=provider_id,
        renamed_at=now,
        renamed_by_id=by_id,
    )
    try:
        with transaction.atomic():
            made.save(force_insert=True)
    except IntegrityError as error:
        raise RenameRefused(field="to") from error
    hardware.free_hardware([resource.pk])
    say_reason(said)
    resource.status = ResourceStatus.RENAMED
    resource.save(update_fields=["status"])
    event = events.Event(
        name=IdentityEvent.CODE_RENAMED,
        object_kind="resource",
        object_id=resource.pk,
        object_label=resource.identifier,
        concerns=[provider_id],
        facts={"to": codes, "kind": str(kind), "reason": said},
    )
    events.record([event])
    tell_followers()
    return made


@transaction.atomic
def allot_aliases(*, provider_id: UUID, prefix: str, now: datetime) -> list[CodeAlias]:
    """
    Give the provider's resources of other profiles a further code in a pool, each that has none.

    At most 10,000 at once; their first codes stay, and so does all that was made under them.

    :raises PoolUnknown: if the provider has no such pool
    :raises GrantHalted: if a grant above it does not hold
    :raises PoolFull: if the pool does not hold as many
    """
    allotted = allotted_to(prefix=prefix, provider_id=provider_id)
    profile = profiles.layout(IdentifierProfile.objects.get(version=allotted.profile).definition)
    lock_serials(prefix)
    resources = list(
        ComputeResource.objects.filter(provider_id=provider_id)
        .exclude(profile_id=allotted.profile)
        .exclude(status__in=[ResourceStatus.WITHDRAWN, ResourceStatus.RENAMED])
        .exclude(aliases__profile=allotted.profile)
        .order_by("id")[:ALIASES_MAX]
    )
    taken = taken_serials(profile.version, prefix)
    number = max((int(serial) for serial in taken if serial.isdigit()), default=0)
    made = []
    for place, resource in enumerate(resources, number + 1):
        serial = f"{place:0{profile.serial_length}d}"
        parts = {
            "resource_class": resource.resource_class,
            "form": resource.form,
            "serial": serial,
            **allotted.parts,
        }
        code = codec.format_identifier(parts, profile=profile, on=market_date(now))
        made.append(
            CodeAlias(
                code=code,
                resource=resource,
                organization_id=provider_id,
                profile=profile.version,
                prefix=prefix,
                serial=serial,
                allotted_at=now,
            )
        )
    _insert_aliases(made)
    if made:
        event = events.Event(
            name=IdentityEvent.ALIASES_GIVEN,
            object_kind="pool",
            object_id=prefix,
            object_label=prefix,
            concerns=[provider_id],
            facts={"aliases": len(made)},
        )
        events.record([event])
    return made


def _insert_aliases(made: Sequence[CodeAlias]) -> None:
    try:
        with transaction.atomic():
            CodeAlias.objects.bulk_create(made)
    except IntegrityError as error:
        if "pool_within_its_limit" in str(error):
            raise PoolFull(field="pool") from error
        raise SerialTaken(field="pool", serial="") from error
