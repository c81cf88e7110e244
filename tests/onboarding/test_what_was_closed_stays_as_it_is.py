"""An organisation that was closed is changed by nobody: refused in words, and no act is offered."""

import pytest
from django.db import DatabaseError, transaction
from django.utils import timezone

from common import tenancy
from identity import appointments, suspensions
from identity import services as identity
from identity.approvals.contracts import Person
from identity.contracts import GrantState, OrganizationClosed, Role
from identity.models import User
from identity.particulars import services as particulars
from identity.particulars.contracts import PlaceKind
from identity.register_models import IdentifierGrant
from tests import cast
from tests.cast import NOW
from tests.identity import standing
from tests.onboarding.test_organisations_are_closed import close

pytestmark = pytest.mark.django_db


@pytest.fixture
def operators():
    by, second = standing.operators()
    return by, Person(second.pk, by.organization_id)


def test_nothing_of_it_changes_any_more(operators):
    by, _second = operators
    acme = cast.organization("Leaver")
    close(acme, operators)
    now = timezone.now()

    for act in (
        lambda: appointments.propose_role(
            organization_id=acme.pk, email="a@b.example", role=Role.BUYER, by=by, now=now
        ),
        lambda: identity.add_member(organization_id=acme.pk, user_id=by.id, role=Role.BUYER),
        lambda: identity.update_organization(
            organization_id=acme.pk, on=NOW.date(), changes={"name": "Other"}
        ),
        lambda: particulars.record_place(
            organization_id=acme.pk,
            kind=PlaceKind.BRANCH,
            name="Branch",
            address="Street 1",
            valid_from=NOW.date(),
            person_id=by.id,
            now=now,
        ),
        lambda: identity.allot_pool(organization_id=acme.pk, name="p", resources_max=1, now=now),
        lambda: suspensions.propose_suspension(
            organization_id=acme.pk, reason="late", by=by, now=now
        ),
    ):
        with pytest.raises(OrganizationClosed), transaction.atomic():
            act()


def test_what_was_proposed_before_is_refused_and_not_an_error(operators):
    by, second = operators
    acme = cast.organization("Leaver")
    now = timezone.now()
    proposed = appointments.propose_role(
        organization_id=acme.pk, email="a@b.example", role=Role.BUYER, by=by, now=now
    )
    close(acme, operators)

    browser = cast.signed_in(User.objects.get(pk=second.id))
    form = browser.get(f"/approvals/{proposed.id}/").context["form"]
    answer = browser.post(
        f"/approvals/{proposed.id}/", {"key": form.initial["key"], "decision": "approve"}
    )
    assert answer.status_code < 500
    with pytest.raises(OrganizationClosed):
        appointments.give_role(
            proposal_id=proposed.id,
            person_id=second.id,
            organization_id=second.organization_id,
            now=now,
        )


def test_its_grants_end_with_it_and_none_is_given_again(operators):
    acme = cast.organization("Leaver")
    identity.allot_pool(organization_id=acme.pk, name="p", resources_max=5, now=NOW)

    close(acme, operators)

    with tenancy.acting_as_platform():
        held = IdentifierGrant.objects.filter(organization_id=acme.pk, is_current=True)
        assert set(held.values_list("state", flat=True)) == {GrantState.ENDED}
        assert held.count() == 2
        again = held.first()
        again.pk, again.state, again.sequence = None, GrantState.ACTIVE, again.sequence + 1
        with pytest.raises(DatabaseError), transaction.atomic():
            again.save(force_insert=True)


def test_its_pages_offer_no_acts(operators):
    by, _second = operators
    acme = cast.organization("Leaver")
    browser = cast.signed_in(User.objects.get(pk=by.id))
    change = f"/organizations/{acme.pk}/change/"
    assert change in browser.get(f"/organizations/{acme.pk}/").content.decode()
    close(acme, operators)

    assert change not in browser.get(f"/organizations/{acme.pk}/").content.decode()
    for page in ("members", "particulars"):
        shown = browser.get(f"/organizations/{acme.pk}/{page}/")
        assert not [each for each in shown.context["side"] if hasattr(each, "form")]
