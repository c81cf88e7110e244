import pytest

from identity.contracts import Role
from tests import cast
from tests.identity.test_api_keys import a_key, bearer
from tests.webhooks.cast import deliveries, happens, receiver, tell, verified

ADDRESS = "/api/v1/webhook-endpoints"
JSON = "application/json"


@pytest.fixture
def acme(fresh_database):
    return cast.organization("Acme")


@pytest.fixture
def browser(acme):
    return cast.signed_in(cast.member(acme, Role.BUYER))


def register(browser, url="http://127.0.0.1:9/hook", **fields):
    wish = {"url": url, "event_prefixes": ["identity.member.invited"]} | fields
    return browser.post(ADDRESS, wish, content_type=JSON)


def send(browser, address, body=None, key="one"):
    return browser.post(address, body or {}, content_type=JSON, headers={"Idempotency-Key": key})


def test_the_whole_way_over_the_api(acme, browser):
    with receiver() as told:
        made = register(browser, told.url, description="warehouse")
        endpoint = made.json()
        secret = endpoint.pop("secret")
        address = f"{ADDRESS}/{endpoint['id']}"

        assert (made.status_code, made["Cache-Control"]) == (201, "no-store")
        assert browser.get(ADDRESS).json()["results"] == [endpoint]
        assert browser.get(address).json() == endpoint
        assert secret not in str(browser.get(address).json())

        test = send(browser, f"{address}/tests")
        assert send(browser, f"{address}/tests").json() == test.json()
        happens(acme)
        tell()
        (invited,) = browser.get(f"{address}/deliveries?event_name=identity.member.invited").json()[
            "results"
        ]
        assert len(browser.get(f"{address}/deliveries?state=DELIVERED").json()["results"]) == 2
        detail = browser.get(f"/api/v1/webhook-deliveries/{invited['id']}").json()
        assert detail["body"] in [head["body"] for _c, head, _t in told.got]
        (attempt,) = browser.get(f"/api/v1/webhook-deliveries/{invited['id']}/attempts").json()[
            "results"
        ]
        assert (attempt["status"], attempt["error"], attempt["reply"]) == (200, "", "ok")

        send(browser, f"/api/v1/webhook-deliveries/{invited['id']}/replays", key="two")
        since = {"since": invited["created_at"]}
        assert send(browser, f"{address}/replays", since, key="three").status_code == 202
        assert send(browser, f"{address}/replays", since, key="four").json()["code"] == (
            "webhook_replay_running"
        )
        renewed = browser.post(f"{address}/secret", content_type=JSON).json()["secret"]
        tell()
        assert verified(told, renewed)

    changed = browser.put(address, {"url": "http://127.0.0.1:9/other"}, content_type=JSON).json()
    assert (changed["url"], changed["event_prefixes"]) == ("http://127.0.0.1:9/other", [])
    paused = browser.patch(address, {"is_enabled": False}, content_type=JSON).json()
    assert paused["state"] == "PAUSED"
    assert send(browser, f"{address}/tests", key="five").json()["code"] == (
        "webhook_endpoint_not_enabled"
    )
    assert browser.delete(address).status_code == 204
    assert browser.get(address).json()["code"] == "webhook_endpoint_not_found"


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"url": "http://10.0.0.1/"}, "outbound_address_refused"),
        ({"url": "https://169.254.169.254/latest"}, "outbound_address_refused"),
        ({"url": "ftp://receiver.example/"}, "outbound_address_invalid"),
        ({"url": "https://me:secret@receiver.example/"}, "outbound_address_invalid"),
        ({"url": ""}, "blank"),
        ({"url": 1}, "invalid"),
        ({"url": "https://a.example/" + "a" * 2_000}, "max_length"),
        ({"event_prefixes": ["nothing"]}, "unknown_event_prefix"),
        ({"event_prefixes": "orders"}, "not_a_list"),
        ({"event_prefixes": ["identity"] * 21}, "max_length"),
        ({"secret": "mine"}, "unknown_field"),
    ],
)
def test_what_is_refused_is_told(browser, fields, code):
    reply = register(browser, **fields)

    assert (reply.status_code, reply.json()["code"]) == (400, code)
    assert browser.get(ADDRESS).json()["results"] == []


def test_a_key_reads_and_replays_but_says_not_where_events_go(acme, client, browser):
    endpoint = register(browser).json()
    key = a_key(acme, Role.BUYER, scopes=("webhooks:read", "webhooks:write"))
    head = bearer(key.secret)
    address = f"{ADDRESS}/{endpoint['id']}"

    assert client.get(ADDRESS, headers=head).status_code == 200
    tested = client.post(
        f"{address}/tests", content_type=JSON, headers=head | {"Idempotency-Key": "k"}
    )
    assert tested.status_code == 202
    wish = {"url": "http://127.0.0.1:9/theirs"}
    for refused in (
        client.post(ADDRESS, wish, content_type=JSON, headers=head),
        client.put(address, wish, content_type=JSON, headers=head),
        client.post(f"{address}/secret", content_type=JSON, headers=head),
        client.delete(address, headers=head),
    ):
        assert refused.json()["code"] == "person_required"


def test_another_organisation_finds_nothing(browser):
    endpoint = register(browser).json()
    send(browser, f"{ADDRESS}/{endpoint['id']}/tests")
    (delivery,) = deliveries()
    for role in (Role.BUYER, Role.AUDITOR):
        other = cast.signed_in(cast.member(cast.organization("Zeta"), role))
        assert other.get(ADDRESS).json()["results"] == []
        for address in (
            f"{ADDRESS}/{endpoint['id']}",
            f"{ADDRESS}/{endpoint['id']}/deliveries",
            f"/api/v1/webhook-deliveries/{delivery.pk}",
            f"/api/v1/webhook-deliveries/{delivery.pk}/attempts",
        ):
            assert other.get(address).status_code == 404
        assert other.delete(f"{ADDRESS}/{endpoint['id']}").status_code == 404
