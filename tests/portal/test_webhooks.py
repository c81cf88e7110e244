"""A member registers an endpoint, sees what was told, and lets it be told again."""

import pytest

from common import networks
from identity.contracts import Role
from tests import cast, frontier
from tests.webhooks.cast import BROKEN, deliveries, happens, receiver, tell, verified

PAGE = "/developers/webhooks/"


@pytest.fixture(autouse=True)
def patient_readers():
    with frontier.beyond_other_databases():
        yield


@pytest.fixture
def acme(fresh_database, settings):
    settings.OUTBOUND_ALLOWED = (networks.read_allowed("127.0.0.0/8"),)
    return cast.organization("Acme")


@pytest.fixture
def browser(acme):
    return cast.signed_in(cast.member(acme, Role.BUYER))


def register(browser, url, key="018f0000-0000-4000-8000-000000000001", **fields):
    typed = {"url": url, "event_prefixes": "identity.member.invited", "key": key}
    return browser.post(PAGE, typed | fields)


def registered(browser, url):
    register(browser, url)
    return browser.get(PAGE).context["table"].rows[0].it


def test_a_page_without_endpoints_says_what_they_are_for(browser):
    assert "尚无端点" in browser.get(PAGE).content.decode()


def test_an_endpoint_is_registered_once_and_its_secret_shown_once(acme, browser):
    with receiver() as told:
        first = register(browser, told.url)
        secret = first.context["secret"]
        again = register(browser, told.url)
        (row,) = [each.it for each in browser.get(PAGE).context["table"].rows]
        page = f"{PAGE}{row['id']}/"

        assert secret.startswith("whsec_")
        assert secret in first.content.decode()
        assert again.status_code == 302
        assert secret not in browser.get(page).content.decode()
        browser.post(f"{page}test/")
        happens(acme)
        tell()
        assert verified(told, secret)

    rows = [row.it for row in browser.get(page).context["table"].rows]
    assert {each["state"] for each in rows} == {"DELIVERED"}
    shown = browser.get(f"{PAGE}deliveries/{rows[0]['id']}/")
    assert shown.context["rows"][0]["status"] == 200
    assert rows[0]["message"] in shown.content.decode()


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"url": "https://10.1.1.1/"}, "url"),
        ({"url": "no address"}, "url"),
        ({"url": ""}, "url"),
        ({"event_prefixes": "nothing"}, "event_prefixes"),
    ],
)
def test_a_refusal_stands_beside_its_input(browser, fields, field):
    shown = register(browser, **({"url": "http://127.0.0.1:9/"} | fields))

    assert shown.status_code == 422
    assert field in shown.context["form"].errors


def test_who_fails_is_shown_and_told_again(acme, browser):
    with receiver(answer=BROKEN) as told:
        row = registered(browser, told.url)
        page = f"{PAGE}{row['id']}/"
        happens(acme)
        tell()
        tell()
        shown = browser.get(page)
        assert shown.context["endpoint"]["is_failing"]
        (delivery,) = deliveries()
        tries = browser.get(f"{PAGE}deliveries/{delivery.pk}/").content.decode()
        assert "500" in tries
        assert "oops" in tries

        told.answer = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
        browser.post(f"{PAGE}deliveries/{delivery.pk}/replay/")
        browser.post(f"{page}pause/")
        browser.post(f"{page}enable/")
        tell()
        browser.post(
            f"{page}replay/", {"hours": "24", "key": "018f0000-0000-4000-8000-000000000002"}
        )
        tell()

    assert len(told.heard()) == 2
    assert browser.get(f"{page}?state=WAITING").context["table"].rows == []
    browser.post(f"{page}remove/")
    assert browser.get(page).status_code == 404


def test_an_endpoint_is_changed_and_its_secret_replaced(browser):
    row = registered(browser, "http://127.0.0.1:9/hook")
    page = f"{PAGE}{row['id']}/"

    changed = browser.post(
        f"{page}change/",
        {
            "url": "http://127.0.0.1:9/other",
            "description": "warehouse",
            "event_prefixes": "identity\r\nwebhooks",
            "key": "018f0000-0000-4000-8000-000000000003",
        },
    )
    replaced = browser.post(f"{page}secret/", {"key": "018f0000-0000-4000-8000-000000000004"})
    again = browser.post(f"{page}secret/", {"key": "018f0000-0000-4000-8000-000000000004"})

    assert changed.status_code == again.status_code == 302
    assert replaced.context["secret"].startswith("whsec_")
    shown = browser.get(page).context["endpoint"]
    assert (shown["url"], shown["prefixes"]) == (
        "http://127.0.0.1:9/other",
        ["identity", "webhooks"],
    )
