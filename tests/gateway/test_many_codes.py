"""Batches, searches, what records hide, and the script that believes nobody."""

import base64
import json
import subprocess
import sys
from hashlib import sha256
from pathlib import Path

import msgspec
import pytest

from common import clock, statements, tenancy
from gateway import batching, keys, selectors, services
from gateway.contracts import KeyPurpose
from gateway.models import DisclosureSeen, DueSigning, Entry
from gateway.rules import records
from identity.contracts import Role
from tests import cast, factories
from tests.factories import NOW
from tests.identity import standing

BATCH, SEARCH = "/api/gateway/v1/batch", "/api/gateway/v1/search"
SCRIPT = Path(__file__).resolve().parents[2] / "gateway" / "verify_answer.py"
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def node(key_folder):
    with tenancy.acting_as_platform():
        services.publish_keyset(now=clock.now())


def registered():
    resource = factories.ResourceFactory()
    with tenancy.acting_as_platform():
        DueSigning.objects.update(due_at=NOW)
        services.sign_due(now=clock.now())
    return resource


def member():
    return cast.signed_in(cast.member(cast.organization(), Role.BUYER))


def post(browser, body):
    return browser.post(BATCH, json.dumps(body), content_type="application/json")


def entries(count, **over):
    """Enter codes of another node, as a push from below would."""
    given = {
        "authority": "R31000",
        "record": "sha256:" + "0" * 64,
        "record_json": msgspec.json.encode({"text": "x", "signatures": []}),
        "sequence": 1,
        "region": "310115",
        "resource_class": "AI",
        "form": "BARE_METAL",
        "chips": ["NH1S"],
        "level": 2,
        "total_milli": 8000,
        "available_milli": 8000,
        "observed_at": NOW,
        "status": "ACTIVE",
        "status_since": NOW,
        "heard_at": clock.now(),
    }
    made = [
        Entry(code=f"SP2-R31000-0A7K-0003-A-B-{number:08d}-0", **given | over)
        for number in range(count)
    ]
    with tenancy.acting_as_platform():
        return Entry.objects.bulk_create(made)


# --- Batch -----------------------------------------------------------------------------------


def test_a_batch_keeps_the_order_names_slips_and_its_root_covers_each_line():
    resource = registered()
    unknown = "SP1-91350100M000100Y43-I65-510116-A-C-NA10000002.NT04000404-RACK0007-P"
    codes = [unknown, resource.identifier, unknown[:-1] + "Q", "x"]

    reply = post(member(), {"codes": codes, "include": ["record"], "nonce": "aa"})

    *rows, last = reply.content.rstrip(b"\n").split(b"\n")
    found = [json.loads(row) for row in rows]
    assert [row["code"] for row in found] == codes
    assert [row["outcome"] for row in found] == ["unknown", "found", "refused", "refused"]
    assert found[2]["error"] == {"code": "identifier_check_character"}
    record = found[1]["record_statement"]
    assert statements.digest(record["text"]) == found[1]["record"]
    said = statements.parse(json.loads(last)["answer"]["text"]).body
    leaves = [sha256(b"\0" + row).digest() for row in rows]
    assert (said["size"], said["root"]) == (4, batching.tree_root(leaves).hex())
    assert said["asked"] == {"nonce": "aa"}


@pytest.mark.parametrize("count", [1, 2, 3, 4, 5, 7, 8, 100])
def test_the_root_is_that_of_rfc_9162(count):
    leaves = [sha256(bytes([number])).digest() for number in range(count)]

    def root(of):
        if len(of) == 1:
            return of[0]
        split = 1 << (len(of) - 1).bit_length() - 1
        return sha256(b"\1" + root(of[:split]) + root(of[split:])).digest()

    assert batching.tree_root(leaves) == root(leaves)


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"codes": []}, "too_many_codes"),
        ({"codes": [f"SP1-{n}" for n in range(1001)]}, "too_many_codes"),
        ({"codes": ["SP1-A", "SP1-A"]}, "too_many_codes"),
        ({"codes": ["SP1-A"], "include": ["uscc"]}, "invalid"),
        ({"codes": ["SP1-A"], "url": "http://169.254.169.254"}, "unknown_field"),
    ],
)
def test_a_batch_that_cannot_be_is_refused(body, code):
    assert post(member(), body).json()["code"] == code


def test_a_stranger_asks_no_batch(client):
    assert post(client, {"codes": ["SP1-A"]}).status_code in {401, 403}


# --- Search ----------------------------------------------------------------------------------


def walk(client, **asked):
    cursor, pages = "", []
    while True:
        reply = client.get(SEARCH, asked | ({"cursor": cursor} if cursor else {}))
        assert reply.status_code == 200, reply.json()
        pages.append([row["code"] for row in reply.json()["rows"]])
        cursor = reply.json()["next"]
        if not cursor:
            return pages


@pytest.mark.parametrize("sort", ["code", "price", "level"])
def test_equal_values_are_walked_once_each(client, sort):
    made = entries(23, price_minor=700)

    pages = walk(client, sort=sort, limit=5)

    assert [len(page) for page in pages] == [5, 5, 5, 5, 3]
    assert sorted(code for page in pages for code in page) == [each.code for each in made]


def test_each_facet_narrows(client):
    entries(3, price_minor=700, pue_milli=1250, green_milli=500)
    for narrower, count in (
        ({"region": "31"}, 3),
        ({"region": "310115"}, 3),
        ({"region": "52"}, 0),
        ({"resource_class": "AI"}, 3),
        ({"resource_class": "HPC"}, 0),
        ({"form": "VM"}, 0),
        ({"chip": ["NH1S", "HW9B"]}, 3),
        ({"chip": ["HW9B"]}, 0),
        ({"level_min": 2}, 3),
        ({"level_min": 3}, 0),
        ({"pue_max": "1.25"}, 3),
        ({"pue_max": "1.249"}, 0),
        ({"green_min": "0.5"}, 3),
        ({"green_min": "0.501"}, 0),
        ({"available_milli_min": 8000}, 3),
        ({"available_milli_min": 8001}, 0),
        ({"price_max_minor": 700}, 3),
        ({"price_max_minor": 699}, 0),
        ({"status": "SUSPENDED"}, 0),
    ):
        found = client.get(SEARCH, narrower).json()["rows"]
        assert len(found) == count, narrower


def test_facets_are_counted_beside_what_was_found(client):
    entries(4)
    registered()

    page = client.get(SEARCH, {"facets": "true", "limit": 1}).json()

    assert page["facets"]["region"] == {"310115": 4, "640500": 1}
    assert page["facets"]["status"] == {"ACTIVE": 5}
    assert page["is_capped"] is False


def test_what_its_owner_s_suspension_halts_is_counted_as_suspended(client):
    resource = registered()
    by, second = standing.operators()
    standing.suspend(resource.provider, by=by, second=second)

    page = client.get(SEARCH, {"facets": "true", "status": "SUSPENDED"}).json()

    assert [row["code"] for row in page["rows"]] == [resource.identifier]
    assert page["facets"]["status"] == {"SUSPENDED": 1}


def test_specification_and_availability_narrow_and_are_counted(client):
    entries(2, specification="NH1S:8", available_milli=8000)
    with tenancy.acting_as_platform():
        other = Entry.objects.first()
        other.pk, other.specification, other.available_milli = "SP2-OTHER", "NH1S:16", 500
        other.save(force_insert=True)

    def found(**asked):
        return client.get(SEARCH, asked).json()

    assert [len(found(specification=it)["rows"]) for it in ("NH1S:8", "NH1S:16", "x")] == [2, 1, 0]
    kinds = ("ALL", "SOME", "NONE", "UNKNOWN")
    assert [len(found(availability=it)["rows"]) for it in kinds] == [2, 1, 0, 0]
    facets = found(facets="true")["facets"]
    assert facets["specification"] == {"NH1S:8": 2, "NH1S:16": 1}
    assert facets["availability"] == {"ALL": 2, "SOME": 1}
    page = client.get("/directory/codes/", headers={"Accept-Language": "en"}).text
    narrowed = client.get("/directory/codes/", {"specification": "NH1S:16"}).text
    slip = client.get("/directory/codes/", {"region": "x"})
    assert "specification=NH1S%3A16" in page
    assert ("SP2-OTHER" in narrowed, "0003-A-B-00000001" in narrowed) == (True, False)
    assert slip.status_code == 422


def test_a_page_of_codes_leads_to_the_next(client):
    entries(25)

    first = client.get("/directory/codes/", headers={"Accept-Language": "en"}).text
    address = first.partition('href="/directory/codes/?cursor=')[2].partition('"')[0]
    second = client.get(f"/directory/codes/?cursor={address}").text

    assert (first.count("<tr>"), second.count("<tr>")) == (21, 6)
    assert client.get("/directory/codes/?cursor=x").status_code == 422


def test_equal_builds_have_one_text():
    built = {"chips": [{"chip": "H100", "cards": 8}, {"chip": "A100", "cards": 4}]}
    turned = {"chips": list(reversed(built["chips"]))}

    assert records.specification_text(built) == records.specification_text(turned)
    assert records.specification_text({"vcpu": 64}) == "VCPU:64"
    assert records.specification_text({}) == ""


def test_a_search_signs_which_records_it_showed_and_says_which_nodes_are_stale(client):
    entries(2, heard_at=NOW)

    page = client.get(SEARCH, {"nonce": "ab"}).json()

    said = statements.parse(page["answer"]["text"]).body
    assert said["codes"] == [row["code"] for row in page["rows"]]
    assert [row["node"] for row in page["stale"]] == ["R31000"]


def test_a_cursor_is_of_its_search_and_whole(client):
    entries(3)
    cursor = client.get(SEARCH, {"limit": 1}).json()["next"]

    for spoilt, more in (
        (cursor[:-2], {}),
        (cursor, {"region": "31"}),
        (cursor, {"sort": "level"}),
        ("x", {}),
        (cursor.replace(cursor[3], "A" if cursor[3] != "A" else "B", 1), {}),
    ):
        reply = client.get(SEARCH, {"limit": 1, "cursor": spoilt} | more)
        assert (reply.status_code, reply.json()["code"]) == (400, "invalid_cursor")


@pytest.mark.parametrize(
    "asked",
    [{"region": "x"}, {"limit": 201}, {"limit": 0}, {"pue_max": "NaN"}, {"sort": "ms"}, {"a": 1}],
)
def test_a_search_that_cannot_be_is_refused(client, asked):
    assert client.get(SEARCH, asked).status_code == 400


# --- What records hide -----------------------------------------------------------------------


def test_an_owner_and_duties_see_what_is_hidden_and_each_sight_is_kept():
    resource = registered()
    owner = cast.signed_in(cast.member(resource.provider, Role.PROVIDER))
    auditor = cast.signed_in(cast.member(cast.organization(), Role.AUDITOR))
    address = "/api/gateway/v1/disclosures"

    seen = [who.get(address, {"code": resource.identifier}) for who in (owner, auditor)]

    for reply in seen:
        ((salt, field, value),) = reply.json()["disclosures"]
        assert (field, value) == ("uscc", resource.provider.uscc)
        record = selectors.statement(selectors.entry(resource.identifier).record)
        hidden = statements.parse(record.text).body["hidden"]
        assert statements.is_disclosed((salt, field, value), hidden)
        assert reply["Cache-Control"] == "private, no-store"
    assert member().get(address, {"code": resource.identifier}).status_code == 404
    with tenancy.acting_as(resource.provider_id):
        assert DisclosureSeen.objects.count() == 2


# --- The script ------------------------------------------------------------------------------


def check(tmp_path, content, *, root=None):
    file = tmp_path / "answer.json"
    file.write_text(json.dumps(content), encoding="utf-8")
    public = root or keys.newest_key(KeyPurpose.ROOT).public_key
    pin = f"N00000={base64.b64encode(public).decode()}"
    done = subprocess.run(
        [sys.executable, "-I", SCRIPT, file, "--root", pin, "--json"],
        capture_output=True,
        text=True,
        check=False,
    )
    found = json.loads(done.stdout)
    assert done.returncode == (0 if found["ok"] else 1)
    return found


def test_the_script_verifies_an_answer_and_finds_each_spoilt_part(client, tmp_path):
    resource = registered()
    whole = client.get(
        "/api/gateway/v1/resolve", {"code": resource.identifier, "proof": "1"}
    ).json()

    assert check(tmp_path, whole)["ok"], check(tmp_path, whole)
    for part in ("answer", "record"):
        text = whole[part]["text"]
        spoilt = whole | {part: whole[part] | {"text": text.replace("8000", "9000", 1)}}
        assert not check(tmp_path, spoilt)["ok"]
        spaced = text.replace('":', '": ', 1)
        assert not check(tmp_path, whole | {part: whole[part] | {"text": spaced}})["ok"]
    assert not check(tmp_path, whole | {"keysets": []})["ok"]
    assert not check(tmp_path, whole, root=keys.newest_key(KeyPurpose.ANSWER).public_key)["ok"]
    assert not check(tmp_path, whole | {"record": None})["ok"]
    assert check(tmp_path, whole | {"chain": ["sha256:" + "0" * 64]})["rule"] == "other_chain"
