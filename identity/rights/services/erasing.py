"""
Erasing a person: two people agree, and what is left is a number.

Everything that names the person and belongs to nobody else goes or becomes a pseudonym. What proves
a trade, a decision or a right bears numbers of persons and stays.
"""

from datetime import datetime
from uuid import UUID

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.db import connection, transaction
from django.utils.translation import gettext as _

from common import seals, tenancy
from common.ids import uuid7
from identity import services as identity_services
from identity.approvals import services as approvals
from identity.approvals.contracts import Draft, Person, Proposed
from identity.contracts import KeyKind, Role
from identity.entry import services as entry_services
from identity.events import services as events
from identity.lists import services as lists_services
from identity.models import ApiKey, Membership, User
from identity.notices import services as notices_services
from identity.rights import selectors
from identity.rights.contracts import (
    ERASURE_KIND,
    REASON_MAX,
    ErasureRefused,
    PersonErased,
    RightsReasonMissing,
)
from identity.rights.event_names import RightsEvent
from identity.rights.models import Erasure, OwnExport
from identity.rights.services.asking import settle_requests


def propose_erasure(*, person: str, reason: str, by: Person, now: datetime) -> Proposed:
    """
    Propose to erase a person, named by number or address; another operator approves.

    :raises PersonToEraseUnknown: if there is none
    :raises RightsReasonMissing: if it isn't said why
    :raises PersonErased: if that was done
    :raises ErasureRefused: under a legal hold, or while the person is one of the last operators
    :raises ProposalWaits: if that was proposed already
    """
    said = reason.strip()
    if not 1 <= len(said) <= REASON_MAX:
        raise RightsReasonMissing(field="reason", most=REASON_MAX)
    with tenancy.acting_as_platform():
        user = selectors.person_to_erase(person)
        _require_erasable(user)
    draft = Draft(
        kind=ERASURE_KIND,
        reference=str(user.pk),
        label=f"#{user.pk}",
        content={"person_id": user.pk, "reason": said},
        reason=said,
        role=Role.OPERATOR,
        barred_person_id=user.pk,
        by=by,
    )
    return approvals.propose(draft, now=now)


@transaction.atomic
def erase_person(
    *, proposal_id: UUID, person_id: int, organization_id: UUID, now: datetime, note: str = ""
) -> Erasure:
    """
    Erase a person, as another operator proposed.

    :raises PersonErased, ErasureRefused: if that changed meanwhile
    :raises ProposalNotFound, ProposalDecided, SecondPersonRequired, Forbidden: as `settle`
    """
    made = uuid7()
    agreed = approvals.settle(
        proposal_id=proposal_id,
        kind=ERASURE_KIND,
        by=Person(person_id, organization_id),
        result_id=made,
        now=now,
        note=note,
    )
    with seals.signing_in(), tenancy.acting_as_platform():
        user = User.objects.select_for_update(no_key=True).get(pk=agreed.content["person_id"])
        _require_erasable(user)
        removed = _end(user, now=now)
        erasure = Erasure.objects.create(
            id=made,
            user_id=user.pk,
            reason=agreed.content["reason"],
            erased_at=now,
            removed=removed,
            proposed_by_id=agreed.proposed_by_id,
            agreed_by_id=agreed.decided_by_id,
            proposal_id=agreed.id,
        )
        with connection.cursor() as cursor:
            cursor.execute("SELECT rights_forget_requests(%s)", [made])
        _pseudonymise(user)
        event = events.Event(
            name=RightsEvent.PERSON_ERASED, object_kind="person", object_id=user.pk
        )
        events.record([event])
    return erasure


def _require_erasable(user: User) -> None:
    if selectors.is_erased(user.pk):
        raise PersonErased
    if selectors.is_person_held(user.pk):
        raise ErasureRefused(because=_("a legal hold is on the person"))
    operators = Membership.objects.filter(role=Role.OPERATOR, user__is_active=True)
    others = operators.exclude(user_id=user.pk).values("user_id").distinct().count()
    if operators.filter(user_id=user.pk).exists() and others < 2:
        raise ErasureRefused(because=_("two other operators must be left"))


def _end(user: User, *, now: datetime) -> dict[str, int]:
    """End what the person could act with, and remove what is theirs alone; return how much."""
    held = Membership.objects.filter(user_id=user.pk)
    for organization_id, role in list(held.values_list("organization_id", "role")):
        identity_services.remove_member(
            organization_id=organization_id, user_id=user.pk, role=Role(role)
        )
    keys = ApiKey.objects.filter(created_by_id=user.pk, revoked_at=None)
    personal = keys.filter(kind=KeyKind.PERSONAL).values_list("organization_id", flat=True)
    for organization_id in sorted(set(personal)):
        identity_services.revoke_all_keys(
            organization_id=organization_id, now=now, kind=KeyKind.PERSONAL, person_id=user.pk
        )
    return {
        "sessions": identity_services.end_other_devices(user_id=user.pk, session_key=""),
        "second_factors": Authenticator.objects.filter(user_id=user.pk).delete()[0],
        "addresses": EmailAddress.objects.filter(user_id=user.pk).delete()[0],
        "links": entry_services.forget_ways_of(user_id=user.pk),
        "notices": notices_services.forget_notices_of(user_id=user.pk),
        "lists": lists_services.forget_lists_of(user_id=user.pk),
        "requests": settle_requests(person_id=user.pk, now=now),
        "exports": OwnExport.objects.filter(user_id=user.pk).delete()[0],
    }


def _pseudonymise(user: User) -> None:
    User.objects.filter(pk=user.pk).update(
        email=f"erased-{user.pk}@erased.invalid",
        name="",
        password="!",  # noqa: S106 - no password opens it
        is_active=False,
        last_login=None,
        language="zh-hans",
        zone="",
        theme="",
        acts_for=None,
    )
