"""What one person proposes takes effect when another of the right role approves it, once."""

from datetime import timedelta

import pytest
from django.db import DatabaseError, connection, transaction

from common import tenancy
from common.errors import Forbidden
from identity import services as identity
from identity.approvals import services
from identity.approvals.contracts import (
    CONTENT_BYTES_MAX,
    OthersProposal,
    ProposalDecided,
    ProposalExpired,
    ProposalNotFound,
    ProposalState,
    ProposalTooLong,
    ProposalWaits,
    ReasonMissing,
    TooManyProposals,
)
from identity.approvals.models import Proposal
from identity.contracts import Role, SecondPersonRequired
from tests import cast as people
from tests.approvals import cast
from tests.approvals.cast import propose, settle
from tests.cast import NOW

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(days=14)


@pytest.fixture
def desk():
    return people.organization("Desk")


@pytest.fixture
def clerk(desk):
    return people.member(desk, Role.FINANCE)


@pytest.fixture
def second(desk):
    return people.member(desk, Role.FINANCE)


def row(proposed):
    with tenancy.acting_as_platform():
        return Proposal.objects.get(pk=proposed.id)


def test_another_person_of_the_role_approves_what_was_frozen(desk, clerk, second):
    proposed = propose(clerk, desk, content={"amount_minor": 12, "to": "Haichao"}, reason="paid")

    agreed = settle(proposed, second, desk, note="seen the statement")

    kept = row(proposed)
    assert agreed.content == {"amount_minor": 12, "to": "Haichao"}
    assert (agreed.proposed_by_id, agreed.decided_by_id) == (clerk.pk, second.pk)
    assert (kept.state, kept.reason, kept.note) == (
        ProposalState.APPROVED,
        "paid",
        "seen the statement",
    )
    assert (kept.decided_by, kept.decided_for, kept.decided_at) == (second, desk, NOW)


def test_who_proposed_does_not_decide_whatever_desk_or_key_they_use(desk, clerk):
    elsewhere = people.organization("Other desk")
    identity.add_member(organization_id=elsewhere.pk, user_id=clerk.pk, role=Role.FINANCE)
    proposed = propose(clerk, desk)

    for place in (desk, elsewhere):
        with pytest.raises(SecondPersonRequired):
            settle(proposed, clerk, place)
        with pytest.raises(SecondPersonRequired):
            services.refuse(
                proposal_id=proposed.id, by=cast.person(clerk, place), reason="mine", now=NOW
            )

    assert row(proposed).state == ProposalState.PROPOSED


def test_who_it_is_about_or_belongs_to_them_does_not_decide(desk, clerk, second):
    buyer = people.organization("Buyer")
    identity.add_member(organization_id=buyer.pk, user_id=second.pk, role=Role.PROVIDER)
    about_theirs = propose(clerk, desk, barred_organization_id=buyer.pk)
    about_them = propose(clerk, desk, reference="A-2", barred_person_id=second.pk)

    for proposed in (about_theirs, about_them):
        with pytest.raises(SecondPersonRequired):
            settle(proposed, second, desk)


def test_another_desk_finds_nothing_to_decide(desk, clerk):
    other = people.organization("Other desk")
    stranger = people.member(other, Role.FINANCE)
    proposed = propose(clerk, desk, desk_id=desk.pk)

    with pytest.raises(ProposalNotFound):
        settle(proposed, stranger, other)
    with pytest.raises(Forbidden):
        settle(proposed, stranger, desk)
    with pytest.raises(ProposalNotFound):
        settle(proposed, stranger, desk, kind="tests.other")


def test_who_was_demoted_or_suspended_meanwhile_decides_nothing(desk, clerk, second):
    proposed = propose(clerk, desk)
    suspended = people.member(desk, Role.FINANCE)
    people.leaves(suspended)
    identity.remove_member(organization_id=desk.pk, user_id=second.pk, role=Role.FINANCE)
    identity.add_member(organization_id=desk.pk, user_id=second.pk, role=Role.AUDITOR)

    for former in (second, suspended):
        with pytest.raises(Forbidden):
            settle(proposed, former, desk)
        with pytest.raises(Forbidden):
            services.refuse(
                proposal_id=proposed.id, by=cast.person(former, desk), reason="no", now=NOW
            )

    assert row(proposed).state == ProposalState.PROPOSED


def test_a_decision_is_made_once_and_a_no_has_its_reason(desk, clerk, second):
    proposed = propose(clerk, desk)
    own, other = cast.person(clerk, desk), cast.person(second, desk)

    with pytest.raises(OthersProposal):
        services.withdraw(proposal_id=proposed.id, by=other, reason="not mine", now=NOW)
    for act, by in ((services.withdraw, own), (services.refuse, other)):
        with pytest.raises(ReasonMissing):
            act(proposal_id=proposed.id, by=by, reason=" ", now=NOW)
    services.withdraw(proposal_id=proposed.id, by=own, reason="typed twice", now=NOW)
    with pytest.raises(ProposalDecided):
        settle(proposed, second, desk)
    with pytest.raises(ProposalDecided):
        services.refuse(proposal_id=proposed.id, by=other, reason="late", now=NOW)

    kept = row(proposed)
    assert (kept.state, kept.note) == (ProposalState.WITHDRAWN, "typed twice")


def test_the_same_draft_is_the_same_proposal_and_another_has_to_wait(desk, clerk, second):
    first = propose(clerk, desk)

    assert propose(second, desk).id == first.id
    with pytest.raises(ProposalWaits):
        propose(clerk, desk, content={"what": "something else"})
    services.refuse(proposal_id=first.id, by=cast.person(second, desk), reason="no", now=NOW)
    anew = propose(clerk, desk, content={"what": "something else"})

    assert anew.id != first.id
    assert row(first).state == ProposalState.REFUSED


def test_what_nobody_decides_expires_and_its_reference_is_free(desk, clerk, second):
    proposed = propose(clerk, desk)
    soon = propose(clerk, desk, reference="A-2", lapses_at=NOW + timedelta(days=1))

    assert (proposed.expires_at, soon.expires_at) == (LATER, NOW + timedelta(days=1))
    with pytest.raises(ProposalExpired):  # Though nobody has swept it yet.
        settle(soon, second, desk, now=soon.expires_at)
    again = propose(clerk, desk, reference="A-2", now=soon.expires_at)
    assert again.id != soon.id
    assert services.expire_proposals(now=LATER - timedelta(seconds=1)) == 0
    assert services.expire_proposals(now=LATER) == 1
    assert services.expire_proposals(now=LATER) == 0

    assert [row(each).state for each in (proposed, soon, again)] == [
        ProposalState.EXPIRED,
        ProposalState.EXPIRED,
        ProposalState.PROPOSED,
    ]
    with pytest.raises(ProposalExpired):
        settle(proposed, second, desk, now=LATER)


def test_what_one_person_lets_wait_is_bounded(desk, clerk, second, settings):
    settings.APPROVALS_WAITING_MAX = 2
    waiting = [propose(clerk, desk, reference=f"A-{number}") for number in range(2)]

    with pytest.raises(TooManyProposals):
        propose(clerk, desk, reference="A-3")
    assert propose(clerk, desk, reference="A-0").id == waiting[0].id
    propose(second, desk, reference="A-3")
    settle(waiting[0], second, desk)
    propose(clerk, desk, reference="A-4")


def test_what_is_too_long_is_refused(desk, clerk):
    with pytest.raises(ProposalTooLong):
        propose(clerk, desk, content={"what": "x" * CONTENT_BYTES_MAX})


DECIDED = "decided_at = proposed_at + interval '1 hour'"
BY_OTHER = f"decided_by_id = %(other)s, decided_for_id = %(desk)s, {DECIDED}"
ATTACKS = {
    "approved by who proposed": "state = 'APPROVED', decided_by_id = proposed_by_id,"
    f" decided_for_id = %(desk)s, result_id = id, {DECIDED}",
    "approved by whom it is about": f"state = 'APPROVED', result_id = id, {BY_OTHER},"
    " decided_by_id = barred_person_id",
    "approved by nobody": f"state = 'APPROVED', result_id = id, {DECIDED}",
    "approved without an effect": f"state = 'APPROVED', {BY_OTHER}",
    "approved by somebody without the role": "state = 'APPROVED', result_id = id,"
    f" decided_by_id = %(stranger)s, decided_for_id = %(desk)s, {DECIDED}",
    "approved too late": "state = 'APPROVED', result_id = id, decided_by_id = %(other)s,"
    " decided_for_id = %(desk)s, decided_at = expires_at",
    "refused without a reason": f"state = 'REFUSED', {BY_OTHER}",
    "withdrawn by another": f"state = 'WITHDRAWN', note = 'x', {BY_OTHER}",
    "expired before its time": f"state = 'EXPIRED', {DECIDED}",
    "void by somebody": f"state = 'VOID', {BY_OTHER}",
    "void before it was proposed": "state = 'VOID', decided_at = proposed_at - interval '1 hour'",
    "another proposer": "proposed_by_id = %(other)s",
    "another content": "content = '{}'",
    "another hash": "content_hash = repeat('0', 64)",
    "another role": "role = 'AUDITOR'",
    "another desk": "desk_id = NULL",
    "longer time": "expires_at = expires_at + interval '1 day'",
}


@pytest.mark.parametrize("attack", ATTACKS)
def test_raw_sql_decides_nothing(desk, clerk, second, attack):
    subject = people.member(desk, Role.FINANCE)
    proposed = propose(clerk, desk, desk_id=desk.pk, barred_person_id=subject.pk)
    facts = {"id": proposed.id, "other": second.pk, "desk": desk.pk,
             "stranger": people.somebody().pk}  # fmt: skip
    sql = ATTACKS[attack]
    if attack == "approved by whom it is about":
        sql = sql.replace("decided_by_id = %(other)s, ", "")

    with tenancy.acting_as_platform(), connection.cursor() as cursor:
        with pytest.raises(DatabaseError, match=r"violates|stays|role|desk"), transaction.atomic():
            cursor.execute(f"UPDATE approvals_proposal SET {sql} WHERE id = %(id)s", facts)
        for removal in ("DELETE FROM", "TRUNCATE"):
            with pytest.raises(DatabaseError), transaction.atomic():
                cursor.execute(f"{removal} approvals_proposal")


def test_raw_sql_does_decide_as_it_should(desk, clerk, second):
    """The attacks above fail for what they try, not for how they are written."""
    proposed = propose(clerk, desk, desk_id=desk.pk)

    with tenancy.acting_as_platform(), connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE approvals_proposal SET state = 'APPROVED', result_id = id, {BY_OTHER}"
            " WHERE id = %(id)s",
            {"id": proposed.id, "other": second.pk, "desk": desk.pk},
        )
        for change in ("note = 'else'", "state = 'PROPOSED'", "result_id = NULL"):
            with pytest.raises(DatabaseError), transaction.atomic():
                cursor.execute(f"UPDATE approvals_proposal SET {change}")
    assert row(proposed).state == ProposalState.APPROVED
