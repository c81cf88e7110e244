"""The pages and the API of projects and budgets, as a buyer, a stranger and who oversees."""

import pytest

from common import tenancy
from identity.contracts import Role
from identity.projects.models import Project
from marketplace.budgets.models import Cap
from tests import cast, factories
from tests.budgets import cast as budgets
from tests.orders.cast import buyer, clear, place, wish

pytestmark = pytest.mark.django_db


@pytest.fixture
def acme():
    return buyer("10000")


@pytest.fixture
def ada(acme, client):
    person = cast.member(acme, Role.BUYER)
    client.force_login(person)
    return person


def key_of(client, address):
    return client.get(address).content.decode().split('name="key" value="')[1][:36]


def test_a_buyer_opens_a_project_and_changes_it(acme, ada, client):
    sent = {"key": key_of(client, "/projects/"), "code": "qc-1", "name": "Inspection"}
    assert client.post("/projects/", sent).status_code == 302

    with tenancy.acting_as_platform():
        made = Project.objects.get(organization=acme)
    assert (made.code, made.opened_by_id) == ("QC-1", ada.pk)
    assert "Inspection" in client.get(f"/projects/{made.pk}/").content.decode()
    address = f"/projects/{made.pk}/change/"
    sent = {"key": key_of(client, address), "name": "Inspection 2", "state": "CLOSED"}
    assert client.post(address, sent).status_code == 302
    with tenancy.acting_as_platform():
        made.refresh_from_db()
    assert (made.name, made.state) == ("Inspection 2", "CLOSED")


def test_a_wrong_code_is_told_beside_its_field(ada, client):
    sent = {"key": key_of(client, "/projects/"), "code": "no spaces", "name": "Inspection"}
    answer = client.post("/projects/", sent)

    assert answer.status_code == 422
    assert "no spaces" in answer.content.decode()


def test_a_buyer_sets_a_budget_sees_its_bar_and_ends_it(acme, ada, client):
    sent = {
        "key": key_of(client, "/budgets/"),
        "subject": "organization",
        "period": "MONTH",
        "amount_minor": "1,000.50",
    }
    assert client.post("/budgets/", sent).status_code == 302
    with tenancy.acting_as_platform():
        made = Cap.objects.get(organization=acme)
    assert made.amount_minor == 100_050
    page = client.get("/budgets/").content.decode()
    assert "1,000.50" in page
    assert "cm-capbar" in page
    assert "1,000.50" in client.get("/wallet/").content.decode()

    address = f"/budgets/{made.pk}/"
    assert client.post(address, {"key": key_of(client, address)}).status_code == 302
    with tenancy.acting_as_platform():
        made.refresh_from_db()
    assert made.ended_at is not None


def test_nobody_sees_what_others_set(acme, client):
    cap, project = budgets.cap(acme, "100"), budgets.project(acme)
    client.force_login(cast.member(buyer("1"), Role.BUYER))

    for address in (f"/budgets/{cap.pk}/", f"/projects/{project.pk}/"):
        assert client.get(address).status_code == 404
    assert str(cap.pk) not in client.get("/budgets/").content.decode()


@pytest.mark.parametrize("role", [Role.AUDITOR, Role.FINANCE])
def test_who_oversees_reads_and_sets_nothing(acme, client, role):
    cap, project = budgets.cap(acme, "100"), budgets.project(acme)
    client.force_login(cast.member(cast.organization("Desk"), role))

    for address in ("/budgets/", "/projects/", f"/budgets/{cap.pk}/", f"/projects/{project.pk}/"):
        page = client.get(address)
        assert page.status_code == 200
        assert 'name="key"' not in page.content.decode()


def test_the_page_of_a_stopped_order_names_the_budget_and_what_it_left(acme, ada, client):
    listing = factories.ListingFactory()
    budgets.cap(acme, "5")
    order = place(acme, wish(listing))
    clear(listing)

    page = client.get(f"/orders/{order.pk}/").content.decode()

    assert "¥5.00" in page


def test_the_api_sets_reads_and_ends_a_budget(acme, ada, client):
    project = client.post(
        "/api/v1/projects",
        {"code": "API", "name": "By program"},
        content_type="application/json",
        headers={"Idempotency-Key": "project-1"},
    )
    assert project.status_code == 201, project.content
    sent = {
        "scope": "PROJECT",
        "project_id": project.json()["id"],
        "period": "QUARTER",
        "amount_minor": 5000,
    }
    made = client.post(
        "/api/v1/budgets",
        sent,
        content_type="application/json",
        headers={"Idempotency-Key": "budget-1"},
    )
    assert made.status_code == 201, made.content
    assert (made.json()["used_minor"], made.json()["left_minor"]) == (0, 5000)
    assert client.get("/api/v1/budgets").json()["results"][0]["id"] == made.json()["id"]
    assert client.get("/api/v1/projects").json()["results"][0]["code"] == "API"
    patched = client.patch(
        f"/api/v1/projects/{project.json()['id']}",
        {"state": "CLOSED"},
        content_type="application/json",
    )
    assert patched.json()["state"] == "CLOSED"
    ended = client.post(
        f"/api/v1/budgets/{made.json()['id']}/end", {}, content_type="application/json"
    )
    assert ended.json()["ended_at"]


def test_an_order_over_a_budget_is_a_problem_with_its_code(acme, ada, client):
    listing = factories.ListingFactory()
    budgets.cap(acme, "5")
    wanted = wish(listing)
    refused = client.post(
        "/api/v1/orders",
        {
            "listing_id": str(listing.pk),
            "units_milli": 1000,
            "starts_at": "2027-01-01T00:00:00Z",
            "ends_at": "2027-01-01T01:00:00Z",
            "use_vouchers": False,
        },
        content_type="application/json",
        headers={"Idempotency-Key": wanted.key},
    )

    assert refused.status_code == 409
    assert refused.json()["code"] == "budget_exceeded"
    assert refused.json()["left_minor"] == 500
