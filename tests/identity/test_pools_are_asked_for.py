"""A provider asks for a pool of codes; two operators allot it, or one declines and says why."""

import json
from io import StringIO
from uuid import uuid4

import pytest
from django.core.management import call_command
from django.db import DatabaseError, connection, transaction

from common import clock, tenancy
from common.ids import uuid7
from identity import pool_requests
from identity.approvals import selectors as approvals_selectors
from identity.approvals.contracts import Person, ProposalDecided, ProposalWaits
from identity.contracts import (
    POOL_REQUEST_KIND,
    OrganizationSuspended,
    PoolRequestState,
    Role,
    SecondPersonRequired,
)
from identity.models import User
from identity.pool_requests import (
    PoolRequestAnswered,
    PoolRequestInvalid,
    PoolRequestNotFound,
    PoolRequestProposed,
    PoolRequestWaits,
    PoolWish,
)
from identity.register_models import IdentifierGrant, Pool, PoolRequest
from tests import cast
from tests.cast import NOW
from tests.identity import standing

pytestmark = pytest.mark.django_db
ENGLISH = {"accept-language": "en"}
PAGE, API = "/register/pool-requests/", "/api/v1/identifier-pool-requests"
WISH = PoolWish("East hall", 900, "A new hall of 900 nodes.", ("31",), ("AI",))


class Asking:
    """A provider, one of its people, and two operators."""

    def __init__(self) -> None:
        self.owner = cast.organization("Acme")
        self.person = cast.member(self.owner, Role.PROVIDER)
        self.by = Person(self.person.pk, self.owner.pk)
        self.first, self.other = standing.operators()
        self.second = Person(self.other.pk, self.first.organization_id)
        self.first_user = User.objects.get(pk=self.first.id)

    def ask(self, wish=WISH):
        with tenancy.acting_as(self.owner.pk):
            return pool_requests.ask_pool(wish=wish, by=self.by, now=NOW)

    def propose(self, row, **facts):
        return pool_requests.propose_pool(request_id=row.pk, by=self.first, now=NOW, **facts)

    def agree(self, proposed):
        return standing.agree(
            proposed, self.first, self.other, at=NOW, act=pool_requests.allot_asked_pool
        )

    def agree_waiting(self):
        """Approve, as the other operator, what waits."""
        (proposed,) = approvals_selectors.waiting(kind=POOL_REQUEST_KIND)
        return pool_requests.allot_asked_pool(
            proposal_id=proposed.pk,
            person_id=self.other.pk,
            organization_id=self.first.organization_id,
            now=clock.now(),
        )


def now_of(row):
    with tenancy.acting_as_platform():
        return PoolRequest.objects.select_related("pool").get(pk=row.pk)


@pytest.fixture
def asking() -> Asking:
    return Asking()


def test_two_operators_allot_what_was_asked_for_at_most(asking):
    row = asking.ask()
    with pytest.raises(PoolRequestInvalid) as refused:
        asking.propose(row, resources_max=901)
    assert refused.value.field == "resources_max"

    asking.agree(asking.propose(row, resources_max=500, note="Half of it at first."))

    row = now_of(row)
    assert (row.state, row.answer) == (PoolRequestState.ALLOTTED, "Half of it at first.")
    assert (row.pool.resources_max, row.pool.organization_id) == (500, asking.owner.pk)
    grant = IdentifierGrant.objects.get(prefix=row.pool.prefix, is_current=True)
    assert grant.limits == {"regions": ["31"], "classes": ["AI"], "children": 0, "resources": 500}
    with pytest.raises(PoolRequestAnswered):
        asking.propose(row)


def test_one_asks_once_at_a_time_and_nobody_answers_their_own(asking):
    row = asking.ask()
    with pytest.raises(PoolRequestWaits):
        asking.ask()
    insider = Person(cast.member(asking.owner, Role.OPERATOR).pk, asking.owner.pk)
    for answer in (
        lambda: pool_requests.propose_pool(request_id=row.pk, by=insider, now=NOW),
        lambda: pool_requests.decline_pool_request(
            request_id=row.pk, answer="no", by=insider, now=NOW
        ),
    ):
        with pytest.raises(SecondPersonRequired):
            answer()
    asking.propose(row)
    with pytest.raises(ProposalWaits):
        asking.propose(row, resources_max=1)
    with pytest.raises(PoolRequestProposed):
        pool_requests.decline_pool_request(
            request_id=row.pk, answer="no", by=asking.second, now=NOW
        )


def test_what_was_withdrawn_or_declined_is_not_allotted_and_may_be_asked_anew(asking):
    row = asking.ask()
    proposed = asking.propose(row)
    stranger = cast.organization("Other")
    with tenancy.acting_as_platform(), pytest.raises(PoolRequestNotFound):
        pool_requests.withdraw_pool_request(
            request_id=row.pk, by=Person(asking.person.pk, stranger.pk), now=NOW
        )
    with tenancy.acting_as(asking.owner.pk):
        pool_requests.withdraw_pool_request(request_id=row.pk, by=asking.by, now=NOW)
    assert not approvals_selectors.waiting(kind=POOL_REQUEST_KIND).exists()
    page = cast.signed_in(asking.other).get(f"/approvals/{proposed.id}/", headers=ENGLISH)
    assert "What it was about is over" in page.text
    with pytest.raises(ProposalDecided):
        asking.agree(proposed)
    assert not Pool.objects.exists()

    again = asking.ask()
    with pytest.raises(PoolRequestInvalid):
        pool_requests.decline_pool_request(
            request_id=again.pk, answer=" ", by=asking.second, now=NOW
        )
    pool_requests.decline_pool_request(
        request_id=again.pk, answer="Too large.", by=asking.second, now=NOW
    )
    assert now_of(again).answer == "Too large."
    assert asking.ask().state == PoolRequestState.WAITING


@pytest.mark.parametrize(
    ("over", "field"),
    [
        ({"name": " "}, "name"),
        ({"resources_max": 0}, "resources_max"),
        ({"resources_max": 1_000_001}, "resources_max"),
        ({"reason": ""}, "reason"),
        ({"regions": ("00",)}, "regions"),
        ({"classes": ("AI", "AI")}, "classes"),
    ],
)
def test_a_wish_has_its_form(asking, over, field):
    facts = {"name": "East", "resources_max": 9, "reason": "a hall"} | over
    with pytest.raises(PoolRequestInvalid) as refused:
        asking.ask(PoolWish(**facts))
    assert refused.value.field == field


@pytest.mark.parametrize(
    "attack",
    [
        "UPDATE identity_poolrequest SET resources_max = 1000000",
        "UPDATE identity_poolrequest SET organization_id = uuidv7()",
        "UPDATE identity_poolrequest SET state = 'DECLINED', answered_at = now()",
        "UPDATE identity_poolrequest SET state = 'ALLOTTED', answered_at = now(), answered_by_id ="
        " asked_by_id, agreed_by_id = asked_by_id, proposal_id = uuidv7(), pool_id = (SELECT id"
        " FROM identity_pool LIMIT 1)",
        "DELETE FROM identity_poolrequest",
    ],
)
def test_the_database_keeps_what_was_asked_and_how_it_is_answered(asking, attack):
    asking.ask()
    with (
        tenancy.acting_as_platform(),
        pytest.raises(DatabaseError),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(attack)


def test_a_request_that_comes_answered_is_refused(asking):
    row = PoolRequest(
        id=uuid7(),
        organization=asking.owner,
        name="East",
        resources_max=9,
        reason="a hall",
        asked_by=asking.person,
        asked_at=NOW,
        state=PoolRequestState.WITHDRAWN,
        answered_at=NOW,
        answered_by=asking.person,
    )
    with tenancy.acting_as_platform(), pytest.raises(DatabaseError), transaction.atomic():
        row.save(force_insert=True)


def test_others_do_not_see_it(asking):
    row = asking.ask()
    other = cast.signed_in(cast.member(cast.organization("Other"), Role.PROVIDER))

    assert other.get(f"{API}/{row.pk}").status_code == 404
    assert other.get(API).json()["results"] == []
    assert other.get(f"{PAGE}{row.pk}/").status_code == 404
    with tenancy.acting_as(cast.organization("Third").pk):
        assert not PoolRequest.objects.exists()


def send(browser, address, **values):
    sent = {"key": str(uuid4()), **values}
    return browser.post(address, sent, headers=ENGLISH, follow=True)


def test_the_pages_lead_from_the_form_to_the_prefix(asking):
    provider = cast.signed_in(asking.person)
    assert f"{PAGE}new/" in provider.get("/register/grants/", headers=ENGLISH).text
    bad = send(provider, f"{PAGE}new/", name="East", resources_max="0", reason="a hall")
    assert bad.status_code == 422
    told = {"name": "East", "resources_max": "900", "reason": "A new hall.", "regions": "31"}

    asked = send(provider, f"{PAGE}new/", **told)

    with tenancy.acting_as_platform():
        row = PoolRequest.objects.get()
    assert "waits for two operators" in asked.text
    assert "Take it back" in asked.text
    operator = cast.signed_in(asking.first_user)
    assert "East" in operator.get(PAGE, {"state": "WAITING"}, headers=ENGLISH).text
    assert "1 request for a pool" in operator.get("/home/", headers=ENGLISH).text
    waits = send(operator, f"{PAGE}{row.pk}/", outcome="allot", resources_max="", answer="Welcome.")
    assert "another operator approves it" in waits.text
    assert "allotment waits" in waits.text
    asking.agree_waiting()
    page = provider.get(f"{PAGE}{row.pk}/", headers={"accept-language": "zh-hans"}).text
    assert Pool.objects.get().prefix in page
    assert "上海市 (31)" in page
    assert "Welcome." in page


def test_programs_ask_answer_and_list(asking):
    def post(browser, address, **body):
        return browser.post(
            address,
            json.dumps(body),
            content_type="application/json",
            headers={"idempotency-key": str(uuid4())},
        )

    provider = cast.signed_in(asking.person)
    made = post(provider, API, name="East", resources_max=9, reason="a hall", classes=["AI"])
    assert made.status_code == 201
    assert post(provider, API, name="W", resources_max=9, reason="x").json()["code"] == (
        "pool_request_waits"
    )
    out = StringIO()
    call_command("pool_requests", "--json", stdout=out)
    (waiting,) = json.loads(out.getvalue())["waiting"]
    assert (waiting["request"], waiting["proposed"]) == (made.json()["id"], False)
    operator = cast.signed_in(asking.first_user)
    one = f"{API}/{made.json()['id']}"
    assert post(operator, f"{one}/allotment").status_code == 202
    assert post(operator, f"{one}/decline", answer="no").json()["code"] == "pool_request_proposed"
    assert post(provider, f"{one}/withdrawal").json()["state"] == "WITHDRAWN"
    assert operator.get(API, {"state": "WITHDRAWN"}).json()["results"][0]["name"] == "East"


def test_who_is_suspended_meanwhile_is_allotted_nothing_until_reinstated():
    asking = Asking()
    row = asking.ask()
    proposed = asking.propose(row)
    two = {"by": asking.first, "second": asking.other}
    standing.suspend(asking.owner, **two)

    with pytest.raises(OrganizationSuspended):
        asking.agree(proposed)
    with pytest.raises(OrganizationSuspended):
        asking.propose(row, resources_max=10)
    with tenancy.acting_as_platform():
        assert not Pool.objects.exists()

    standing.reinstate(asking.owner, **two)
    asking.agree(proposed)
    with tenancy.acting_as_platform():
        assert Pool.objects.get().organization_id == asking.owner.pk
