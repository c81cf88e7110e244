"""Recovery of an account whose second factor is lost: two operators take the factor away."""

from datetime import datetime
from uuid import UUID

from allauth.mfa.models import Authenticator
from django.db import transaction

from common import seals
from common.errors import InvalidInput
from identity import selectors
from identity.approvals import services as approvals
from identity.approvals.contracts import Draft, Person, Proposed
from identity.contracts import Role
from identity.entry import letters
from identity.entry.contracts import REASON_MAX, RECOVERY_KIND, NothingToRecover, PersonUnknown
from identity.entry.event_names import EntryEvent
from identity.events import services as events
from identity.models import User
from identity.services import devices


def propose_recovery(*, email: str, reason: str, by: Person, now: datetime) -> Proposed:
    """
    Propose to take the second factor of a person away; how they proved who they are is the reason.

    :raises PersonUnknown: if nobody signs in with the address
    :raises NothingToRecover: if they have no second factor
    :raises ProposalWaits: if that was proposed already
    """
    said = reason.strip()
    if not 1 <= len(said) <= REASON_MAX:
        raise InvalidInput(field="reason")
    user = selectors.person_by_email(email)
    if user is None or not user.is_active:
        raise PersonUnknown(field="email")
    if not selectors.has_second_factor(user.pk):
        raise NothingToRecover(field="email")
    draft = Draft(
        kind=RECOVERY_KIND,
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
def confirm_recovery(
    *, proposal_id: UUID, person_id: int, organization_id: UUID, now: datetime, note: str = ""
) -> User:
    """
    Take the second factor of a person away, as another operator proposed; every session ends.

    Roles that need a second factor wait until a new one is set up.

    :raises ProposalNotFound, ProposalDecided, SecondPersonRequired, Forbidden: as `settle`
    """
    agreed = approvals.settle(
        proposal_id=proposal_id,
        kind=RECOVERY_KIND,
        by=Person(person_id, organization_id),
        now=now,
        note=note,
    )
    with seals.signing_in():
        user = User.objects.get(pk=agreed.content["person_id"])
        Authenticator.objects.filter(user_id=user.pk).delete()
        devices.end_other_devices(user_id=user.pk, session_key="")
        event = events.Event(name=EntryEvent.RECOVERED, object_kind="person", object_id=user.pk)
        events.record([event])
    letters.recovered(email=user.email, language=user.language)
    return user
