"""Whoever opens what is of others by duty is written down, beside the answer, in one statement."""

from datetime import timedelta

import pytest
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext

from common import tenancy
from config import seeing
from identity.contracts import PLATFORM_ROLES, Role
from identity.privacy import services
from identity.privacy.models import SeenRecord
from tests import cast
from tests.cast import NOW
from tests.identity import access, foreign

pytestmark = pytest.mark.django_db
# Addresses with an identifier that say nothing of one organisation, or are nobody's to read.
NOT_SEEN = {
    "access_request_id": "a stranger's request: no organisation yet",
    "account": "accounts of the ledger, by their code",
    "assessor_id": "public",
    "call_round_id": "public",
    "capability_id": "public",
    "case_id": "the market's own record; its orders are opened by their own addresses",
    "code": "public",
    "difference_id": "the market's own record",
    "document_kind": "read by whom its policy lets; names of kinds",
    "draw_id": "the market's own record",
    "pk": "the person's own key of signing in",
    "draft_id": "the issuer's own",
    "form": "a form of a file",
    "grant_id": "public: what was granted is signed and answered to everybody",
    "hold_id": "the market's own record",
    "hub": "public",
    "erasure_request_id": "the market's own record",
    "incident_id": "the market's own record",
    "sso_id": "of signing in: nobody is there yet",
    "own_export_id": "the person's own",
    "line_id": "lines of the market's bank statement",
    "listing_id": "public",
    "month": "a month",
    "notice_id": "the reader's own",
    "number": "public: the proof of a statement",
    "objection_id": "opened by its application",
    "rating_rule": "public",
    "reference": "documents: their records are opened by their own addresses",
    "saved_view_id": "the reader's own",
    "wall_link_id": "the market's own record",
    "name": "a name of a help page",
    "plan_id": "public",
    "policy_run_id": "what would be; names nobody",
    "programme_id": "public",
    "proposal_id": "read by those who decide it",
    "quote_id": "the buyer's own",
    "resource_class": "public",
    "resource_id": "public",
    "round_number": "the market's own record",
    "rule_version_id": "public",
    "sample_id": "the issuer's own",
    "scored_provider_id": "public",
    "scored_resource_id": "public",
    "subscription_id": "the organisation's own",
    "table_version_id": "public",
    "tie_id": "the market's own record",
    "token": "opens the big screen",
    "token_id": "the person's own",
    "transfer_id": "transfers of the ledger, by their number",
    "payout_run_id": "the market's own record",
    "version": "public",
}


@pytest.fixture
def acme():
    return cast.organization("Acme")


@pytest.fixture
def auditor():
    return cast.member(cast.organization("Audit"), Role.AUDITOR)


def seen():
    with tenancy.acting_as_platform():
        return list(SeenRecord.objects.order_by("id"))


def test_an_order_that_an_auditor_opens_is_seen_by_both_parties(acme, auditor):
    order = foreign.OF["order_id"](acme)
    browser = cast.signed_in(auditor)

    assert browser.get(f"/orders/{order}/").status_code == 200
    assert browser.get(f"/api/v1/orders/{order}").status_code == 200

    rows = seen()
    assert {each.organization_id for each in rows} >= {acme.pk}
    assert {(each.object_kind, each.object_id, each.reader_id) for each in rows} == {
        ("order", order, auditor.pk)
    }
    assert len(rows) == len({each.organization_id for each in rows}), "once in ten minutes"


def test_it_costs_one_statement_and_own_things_none(acme, auditor):
    order = foreign.OF["order_id"](acme)
    browser, own = cast.signed_in(auditor), cast.signed_in(cast.member(acme, Role.BUYER))

    with CaptureQueriesContext(connection) as asked:
        browser.get(f"/api/v1/orders/{order}")
    with CaptureQueriesContext(connection) as of_their_own:
        own.get(f"/api/v1/orders/{order}")
    with CaptureQueriesContext(connection) as listed:
        browser.get("/api/v1/orders")

    def notes(queries):
        return sum("privacy_seen" in each["sql"] for each in queries)

    assert (notes(asked), notes(of_their_own), notes(listed)) == (1, 0, 0)


def test_what_is_refused_or_not_there_is_not_seen(acme, auditor):
    browser = cast.signed_in(auditor)

    browser.get("/orders/00000000-0000-0000-0000-000000000000/")
    cast.signed_in(cast.member(cast.organization("Rival"), Role.BUYER)).get(
        f"/orders/{foreign.OF['order_id'](acme)}/"
    )

    assert seen() == []


def test_the_person_is_named_where_there_is_one(acme, auditor):
    application = foreign.OF["application_id"](acme)
    issuer = cast.signed_in(cast.member(cast.organization("City"), Role.OPERATOR))

    issuer.get(f"/api/v1/voucher-applications/{application}/steps")

    (row,) = seen()
    assert row.object_kind == "application"
    assert row.person_id is not None


def test_organisations_and_people_read_who_saw_them_and_nobody_else(acme, auditor):
    cast.signed_in(cast.member(cast.organization("Office"), Role.OPERATOR)).get(
        f"/organizations/{acme.pk}/"
    )
    mine, rival = (
        cast.signed_in(cast.member(owner, Role.BUYER))
        for owner in (acme, cast.organization("Rival"))
    )

    assert b"Office" in mine.get("/seen/").content
    assert b"Office" not in rival.get("/seen/").content
    (row,) = mine.get("/api/v1/seen-records").json()["results"]
    assert row["reader_organization_name"].startswith("Office")
    assert rival.get("/api/v1/seen-records").json()["results"] == []
    assert mine.get("/profile/seen/").status_code == 200
    assert mine.get("/api/v1/me/seen-records").json()["results"] == []
    assert b"Office" in cast.signed_in(auditor).get("/seen/").content


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE privacy_seen SET page = ''",
        "DELETE FROM privacy_seen",
        "TRUNCATE privacy_seen",
        "INSERT INTO privacy_seen (organization_id, reader_id, reader_organization_id,"
        " object_kind, object_id, page, request_id, seen_at) VALUES (gen_random_uuid(), 1,"
        " gen_random_uuid(), 'order', 'x', '', '', now() - interval '1 day')",
    ],
)
def test_nobody_edits_or_backdates_it(acme, auditor, statement):
    cast.signed_in(auditor).get(f"/organizations/{acme.pk}/")

    with tenancy.acting_as_platform(), pytest.raises(DatabaseError), transaction.atomic():
        connection.cursor().execute(statement)
    assert len(seen()) == 1


def test_a_tenant_writes_none(acme):
    note = (
        "INSERT INTO privacy_seen (organization_id, reader_id, reader_organization_id,"
        " object_kind, object_id, page, request_id) VALUES (%s, 1, gen_random_uuid(), 'order',"
        " 'x', '', '')"
    )
    with tenancy.acting_as(acme.pk), connection.cursor() as cursor:
        with pytest.raises(DatabaseError, match="row-level security"), transaction.atomic():
            cursor.execute(note, [acme.pk])
        assert connection.in_atomic_block


def test_every_identifier_in_an_address_is_seen_or_says_why_not():
    """A new address with an identifier is noted, or named here with the reason."""
    named = {
        name
        for line in access.table()
        if line.method in ("GET", "PAGE") and line.roles & PLATFORM_ROLES
        for name in line.parameters
        if name in foreign.OF
    }

    assert named - seeing.OBJECTS.keys() - NOT_SEEN.keys() == set()
    assert seeing.OBJECTS.keys() & NOT_SEEN.keys() == set()
    assert seeing.OBJECTS.keys() - foreign.OF.keys() == set()


# An address of each kind that a duty opens, and in whose name.
OPENED = [
    line
    for line in access.table()
    if line.method in ("GET", "PAGE")
    and line.parameters
    and line.parameters[-1] in seeing.OBJECTS
    and line.roles & PLATFORM_ROLES
]


@pytest.mark.slow
@pytest.mark.parametrize("line", OPENED, ids=str)
def test_each_address_that_opens_something_is_noted(line):
    owner = cast.organization("Foreign")
    path = foreign.address(line.route, line.parameters, owner)
    for role in sorted(line.roles & PLATFORM_ROLES):
        browser = cast.signed_in(cast.member(cast.organization("Duty"), role))
        answer = browser.get(path)
        if answer.streaming:
            b"".join(answer.streaming_content)
        if answer.status_code == 200:
            kind = seeing.OBJECTS[line.parameters[-1]].kind
            assert kind in {each.object_kind for each in seen()}, (path, role)
            return


def test_this_month_is_made_and_young_months_stay():
    assert services.make_months(months_ahead=12) >= 0
    assert services.make_months(months_ahead=12) == 0
    assert services.drop_months(before=NOW + timedelta(days=30_000)) == []
