"""Scenes are data that two operators publish; templates are their buyer's own."""

import copy
import html
import json
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db import connection, transaction
from django.db.utils import DatabaseError

from common import clock, tenancy
from common.errors import Refusal
from identity.approvals.contracts import Person
from identity.approvals.models import Proposal
from identity.contracts import Role, SecondPersonRequired
from marketplace.demo.scenes import publish_scenes
from marketplace.drivers import scene_rules, scene_selectors, services
from marketplace.drivers.job_contracts import JobWish
from marketplace.drivers.models import OrderScene, OrderTemplate
from marketplace.drivers.scene_contracts import SceneInvalid, SceneUnchanged, TemplateInvalid
from marketplace.portal.scene_form import SceneForm, beginning
from tests import cast as people
from tests import factories
from tests.fulfilment.test_deliveries_on_pages import key_of, signed_in
from tests.orders.cast import NOW, buyer, wish
from tests.settlement.cast import Market

FILE = Path(__file__).parents[2] / "marketplace/drivers/data/scenes.json"
DRAFTS = {each["code"]: each["content"] for each in json.loads(FILE.read_text())}


def published(code="training-job", content=None):
    desk = people.organization("Operator's desk")
    first, second = (people.member(desk, Role.OPERATOR) for _n in range(2))
    with tenancy.acting_as(desk.pk):
        proposed = services.propose_scene(
            code=code, content=content or DRAFTS[code], by=Person(first.pk, desk.pk), now=NOW
        )
        with pytest.raises(SecondPersonRequired):
            services.publish_scene(
                proposal_id=proposed.id, person_id=first.pk, organization_id=desk.pk, now=NOW
            )
        return services.publish_scene(
            proposal_id=proposed.id, person_id=second.pk, organization_id=desk.pk, now=NOW
        )


@pytest.mark.parametrize("code", DRAFTS)
def test_the_drafts_of_the_release_are_scenes(code):
    scene_rules.check_scene(code, DRAFTS[code])


@pytest.mark.parametrize(
    ("field", "change"),
    [
        ("title", {"title": {"zh": "x"}}),
        ("sentence", {"sentence": {"zh": "x", "en": ""}}),
        ("classes", {"classes": ["NONE"]}),
        ("driver_kinds", {"driver_kinds": ["telepathy-1"]}),
        ("asks", {"asks": ["password"]}),
        ("defaults", {"defaults": {"units_milli": 1, "seconds": 60}}),
        ("units_milli", {"defaults": {"units_milli": 0, "seconds": 60, "job": None}}),
        ("defaults", {"defaults": {"units_milli": 1, "seconds": 60, "job": {"command": []}}}),
        ("content", {"more": 1}),
        ("title", {"title": {"zh": " ", "en": "x"}}),
        ("title", {"title": {"zh": "x", "en": "x\u0000"}}),
        ("classes", {"classes": [{}]}),
        ("asks", {"asks": [["command"]]}),
        ("asks", {"asks": ["command", "command"]}),
        ("forms", {"forms": "AI"}),
        *(
            ("defaults", {"defaults": DRAFTS["training-job"]["defaults"] | {"job": job}})
            for job in (
                *("x", 5, []),
                *(
                    DRAFTS["training-job"]["defaults"]["job"] | each
                    for each in (
                        {"command": "python train.py"},
                        {"command": [1]},
                        {"environment": ""},
                        {"environment": [["a"]]},
                        {"environment": {"A": 1}},
                        {"sealed_names": "AB"},
                        {"wall_seconds": True},
                        {"wall_seconds": 1.5},
                        {"image": None},
                    )
                ),
            )
        ),
    ],
)
def test_what_is_no_scene_is_refused(field, change):
    with pytest.raises(SceneInvalid) as refused:
        scene_rules.check_scene("a", DRAFTS["training-job"] | change)
    assert refused.value.field == field


@pytest.mark.django_db
def test_a_scene_has_versions_that_two_operators_publish(capsys):
    assert published().version == 1
    with pytest.raises(SceneUnchanged):
        published()
    other = copy.deepcopy(DRAFTS["training-job"])
    other["defaults"]["units_milli"] = 2_000
    assert published(content=other).version == 2
    assert scene_selectors.scene("training-job").content == other
    call_command("scenes", json=True)
    assert json.loads(capsys.readouterr().out)["scenes"][0]["version"] == 2


@pytest.mark.django_db
def test_nothing_but_what_was_agreed_on_is_a_scene():
    row = published()
    copied = (
        "INSERT INTO drivers_orderscene (id, code, version, content, content_hash, published_at,"
        " published_by_id, approved_by_id, proposal_id) SELECT uuidv7(), code, 2,"
        " content || '{\"asks\": []}', content_hash, published_at, published_by_id,"
        " approved_by_id, proposal_id FROM drivers_orderscene"
    )
    for statement in (copied, "UPDATE drivers_orderscene SET version = 3"):
        with (
            tenancy.acting_as_platform(),
            connection.cursor() as cursor,
            pytest.raises(DatabaseError),
            transaction.atomic(),
        ):
            cursor.execute(statement)
    assert OrderScene.objects.get().pk == row.pk


@pytest.mark.django_db
def test_an_order_begins_with_a_scene(client):
    published()
    published("inference-service")
    listing = factories.ListingFactory()
    assert (
        "Training job"
        in client.get("/market/scenes/", headers={"Accept-Language": "en"}).content.decode()
    )
    page = client.get("/market/scenes/training-job/").content.decode()
    address = f"/market/{listing.pk}/job/?units=8&amp;seconds=14400&amp;scene=training-job"
    assert address in page
    assert (
        f"/market/{listing.pk}/order/"
        in client.get("/market/scenes/inference-service/").content.decode()
    )
    form = signed_in(buyer("100"), Role.BUYER).get(address.replace("&amp;", "&")).context["form"]
    assert form["command"].value() == "python train.py"
    assert form["units"].value() == "8"
    assert client.get("/market/scenes/none/").status_code == 404
    (first, second) = client.get("/api/v1/order-scenes").json()["results"]
    assert (first["code"], second["code"]) == ("inference-service", "training-job")


@pytest.mark.django_db
def test_the_community_scene_begins_with_what_is_given_away(client):
    """By the price of a standard hour a gift sorts last: it has none."""
    published("community")
    priced = Market().listing
    gift = Market(price="0", unit="unit_hour", cash="0", is_community=True).listing
    page = client.get("/market/scenes/community/", headers={"Accept-Language": "en"})
    shown = page.content.decode()
    assert f"{gift.number} · Community" in shown
    assert "¥12.00" in shown
    assert shown.index(gift.number) < shown.index(priced.number)


def typed(form):
    """Return what a form sends that nobody changed."""
    values = {name: form[name].value() for name in form.fields}
    return {name: value for name, value in values.items() if value not in (None, "")}


@pytest.mark.django_db
def test_an_operator_proposes_a_scene_field_by_field_and_sees_the_order_first():
    desk = people.organization("Desk")
    operator = signed_in(desk, Role.OPERATOR)
    address, english = "/market/scenes/new/", {"accept-language": "en"}
    listing = factories.ListingFactory()
    begun = operator.get(f"{address}?draft=training-job")
    sent = typed(begun.context["main"][0].form) | {"title_en": "Training by night"}

    for field, value in (
        ("code", "Not A Code"),
        ("title_zh", " "),
        ("units", "0"),
        ("units", "８"),
        ("length", "99999999999"),
        ("command", '"open'),
        ("environment", "A B"),
        ("sealed_names", "a b!"),
        ("wall", "9999"),
        ("driver_kinds", ["telepathy-1"]),
    ):
        refused = operator.post(address, sent | {field: value}, headers=english)
        assert refused.status_code == 422
        assert refused.context["main"][-1].form.errors.keys() == {field}
    idle = operator.post(address, sent | {"command": "", "image": "x"}).context["main"][-1].form
    assert idle.errors.keys() == {"image", "asks"}

    shown = operator.post(address, sent, headers=english)
    text = html.unescape(shown.text)
    for told in ("The order that it makes", "Training by night", "python train.py", listing.number):
        assert told in text
    seen = {"seen": shown.context["main"][-1].seen}
    assert operator.post(address, sent | seen).status_code == 302
    with tenancy.acting_as_platform():
        waits = Proposal.objects.get()
    titled = {"title": {"zh": "训练作业", "en": "Training by night"}}
    assert waits.content["scene"] == DRAFTS["training-job"] | titled


@pytest.mark.django_db
@pytest.mark.parametrize("code", DRAFTS)
def test_what_a_draft_fills_in_is_the_draft(code):
    form = SceneForm({name: value for name, value in filled(code).items() if value != ""})
    assert form.is_valid(), form.errors
    assert form.content() == DRAFTS[code]


def filled(code):
    return beginning(code, DRAFTS[code]) | {"key": "0190b5f0-0000-7000-8000-000000000000"}


@pytest.mark.django_db
def test_an_operator_begins_with_a_draft_of_the_release():
    operator = signed_in(people.organization("Desk"), Role.OPERATOR)
    page = operator.get("/market/scenes/new/").content.decode()
    for code in DRAFTS:
        assert f"/market/scenes/new/?draft={code}" in page
    begun = operator.get("/market/scenes/new/?draft=rendering").context["main"][0].form
    assert begun["code"].value() == "rendering"


@pytest.mark.django_db
def test_the_sample_market_has_the_scenes_by_two_operators():
    desk = people.organization("Operator's desk")
    members = {"OPERATOR": [people.member(desk, Role.OPERATOR) for _n in range(2)]}
    for _time in range(2):
        with tenancy.acting_as_platform():
            made = publish_scenes(known={"operator": desk}, members=members, now=NOW)
        assert made == len(DRAFTS)
    rows = OrderScene.objects.all()
    assert {row.code: row.content for row in rows} == DRAFTS
    assert all(row.published_by_id != row.approved_by_id for row in rows)


@pytest.mark.django_db
def test_a_second_operator_reads_all_that_a_scene_would_run():
    desk, content = people.organization("Desk"), copy.deepcopy(DRAFTS["training-job"])
    first, second = (people.member(desk, Role.OPERATOR) for _n in range(2))
    content["defaults"]["job"] |= {
        "environment": {"SEED": "7 SEALED=8"},
        "data_reference": "s3://in",
        "result_reference": "s3://out",
        "sealed_names": ["DB_PASSWORD"],
        "wall_seconds": 1_380,
    }
    with tenancy.acting_as(desk.pk):
        proposed = services.propose_scene(
            code="training-job", content=content, by=Person(first.pk, desk.pk), now=clock.now()
        )
    page = people.signed_in(second).get(
        f"/approvals/{proposed.id}/", headers={"accept-language": "en"}
    )
    text = html.unescape(page.content.decode())
    for told in ("'SEED=7 SEALED=8'", "s3://in", "s3://out", "DB_PASSWORD", "23 minutes"):
        assert told in text


@pytest.mark.django_db
def test_a_buyer_keeps_an_order_as_a_template_and_nobody_else_sees_it():
    acme, listing = buyer("10000"), factories.ListingFactory()
    with tenancy.acting_as(acme.pk):
        made = services.place_job(
            buyer_id=acme.pk, wish=wish(listing), job=JobWish(("train",), 60), placed_at=NOW
        )
    browser = signed_in(acme, Role.BUYER)
    address = f"/orders/{made.pk}/template/"
    assert address in browser.get(f"/orders/{made.pk}/").content.decode()
    sent = {"key": key_of(browser.get(address)), "name": "nightly"}
    assert browser.post(address, sent).status_code == 302
    again = {"key": key_of(browser.get(address)), "name": "nightly"}
    assert "the name is taken" in browser.post(address, again).content.decode()
    row = browser.get("/api/v1/order-templates").json()["results"][0]
    assert row["content"]["job"]["command"] == ["train"]
    place = f"/market/{listing.pk}/job/?"
    assert place in browser.get("/order-templates/").content.decode()
    form = browser.get(f"{place}template={row['id']}").context["form"]
    assert form["command"].value() == "train"
    other = people.organization("Other")
    stranger = signed_in(other, Role.BUYER)
    assert stranger.get(f"/api/v1/order-templates/{row['id']}").status_code == 404
    with tenancy.acting_as(other.pk):
        assert not OrderTemplate.objects.exists()
        with pytest.raises(Refusal):
            services.keep_template(
                order_id=made.pk, organization_id=other.pk, name="x", by_id=None, now=NOW
            )
    with tenancy.acting_as(acme.pk), pytest.raises(TemplateInvalid):
        services.keep_template(
            order_id=made.pk, organization_id=acme.pk, name=" ", by_id=None, now=NOW
        )
    removal = f"/order-templates/{row['id']}/"
    assert browser.post(removal, {"key": key_of(browser.get(removal))}).status_code == 302
    assert "No templates" in browser.get("/order-templates/").content.decode()
