"""What people keep is listed like everything else: narrowed as in the API, written as a file."""

import csv
import io

import pytest
from django.test import Client

from common import tenancy
from identity.models import Membership, User
from marketplace.portal.tables.columns import Phone
from marketplace.portal.tables.declared import ListTable
from tests.portal.visitor import demo

# Whose page, its address, the API's list of the same, and what both are narrowed by.
LISTS = [
    ("operator", "/organizations/", "organizations", {"q": "91"}),
    ("operator", "/certificates/sme/", "sme-certificates", {"revoked": "false"}),
    ("operator", "/certificates/capacity/", "capacity-certificates", {"q": "SP"}),
    ("operator", "/oversight/windows/", "metering/windows", {"state": "SET_ASIDE"}),
    ("provider", "/supply/meters/", "meters", {"is_trial": "false"}),
    ("provider", "/supply/agents/", "metering-agents", {"revoked": "false"}),
    ("issuer", "/programmes/vouchers/", "vouchers", {"state": "ACTIVE", "face_from": "1"}),
    ("buyer", "/notices/", "notices", {"unread": "true"}),
]


def signed_in(role: str) -> Client:
    browser = Client(headers={"Accept-Language": "en"})
    with tenancy.acting_as_platform():
        browser.force_login(User.objects.get(email=demo(role)))
    return browser


@pytest.mark.parametrize(("role", "path", "api", "query"), LISTS, ids=[each[1] for each in LISTS])
def test_page_and_api_are_narrowed_by_one_definition(sample_market, role, path, api, query):
    browser = signed_in(role)

    told = browser.get(f"/api/v1/{api}", query | {"page_size": "20"}).json()["results"]
    table = browser.get(path, query).context["table"]

    shown = [row.id for row in table.rows][: len(told)]
    assert shown == [str(each["id"]) for each in told]
    assert {chip.name for chip in table.chips} == set(query)


@pytest.mark.parametrize(("role", "path", "api", "query"), LISTS, ids=[each[1] for each in LISTS])
def test_a_list_is_written_as_it_is_shown(sample_market, role, path, api, query):
    browser = signed_in(role)
    table = browser.get(path).context["table"]

    file = browser.get(path, {"export": "csv"}).content.decode("utf-8-sig")

    rows = list(csv.reader(io.StringIO(file)))
    assert rows[0] == [str(column.label) for column in table.columns if column.is_written]
    assert len(rows) - 1 == table.count


def test_members_are_found_by_address_and_role(sample_market):
    with tenancy.acting_as_platform():
        own = Membership.objects.filter(user__email=demo("buyer"))[0].organization_id
    browser, path = signed_in("buyer"), f"/organizations/{own}/members/"

    found = browser.get(path, {"q": demo("buyer"), "role": "BUYER"}).context["table"]
    none = browser.get(path, {"q": "nobody@"}).context["table"]

    assert [row.it.member.user.email for row in found.rows] == [demo("buyer")]
    assert (none.rows, none.is_narrowed) == ([], True)
    assert browser.get(path, {"role": "KING"}).context["table"].narrowing.errors


def test_every_list_has_a_card_of_one_key_and_shows_its_key_and_state_always():
    for table in ListTable.known.values():
        key = next(column for column in table.columns if column.phone is Phone.KEY)
        assert key.is_fixed, f"{table.name}: its key can be put away"
        assert key.is_written
