"""Rules, conversion tables and past months, as people of each role read and propose them."""

import json
from datetime import timedelta

import pytest
from django.test import Client

from common import clock, tenancy
from identity.approvals.models import Proposal
from identity.contracts import Role
from marketplace.portal import rule_words
from metering import services
from metering.models import MeasurementRuleVersion, UsageRecord
from tests import cast
from tests.metering import cast as measured
from tests.metering import tables
from tests.settlement.cast import Market

pytestmark = pytest.mark.django_db
ENGLISH = {"Accept-Language": "en"}
RULE = "/rules/measurement/accelerator-hours/"
TABLE = "/rules/tables/training/1/"
HOUR = timedelta(hours=1)


@pytest.fixture(autouse=True)
def installed():
    with tenancy.acting_as_platform():
        services.install_shipped_rules(now=clock.now())


def read(address, client=None):
    answer = (client or Client()).get(address, headers=ENGLISH)
    assert answer.status_code == 200, answer.status_code
    return answer.text


def operator():
    return cast.signed_in(cast.member(cast.organization("Office"), Role.OPERATOR))


def test_everybody_reads_rules_in_force_and_announced_and_the_tables_they_name():
    page = read("/rules/measurement/")

    assert "accelerator-hours v2" in page
    assert "Announced" in page
    for name in ("general", "hpc", "training", "inference"):
        assert f"/rules/tables/{name}/1/" in page
    announced = read(f"{RULE}2/")
    assert "yes, by the conversion table training v1" in announced
    assert TABLE in announced


def test_a_table_is_read_line_by_line_with_its_source_and_computed_again():
    page = read(TABLE)

    assert "3.169872" in page
    assert "989 ÷ 312 = 3.169872" in page
    assert "contested: native hours" in page
    assert "mikasenghaas" in page
    found = read(f"{TABLE}?q=h20")
    assert "0.474359" in found
    assert "3.169872" not in found
    assert "900 ÷ 312 = 2.884615" in read(f"{TABLE}?figure=900")
    assert "plain digits" in read(f"{TABLE}?figure=<b>")
    assert "No row matches." in read(f"{TABLE}?q=zzz")
    assert Client().get("/rules/tables/training/9/").status_code == 404
    assert Client().get("/rules/tables/nonsense/1/").status_code == 404


def test_a_table_leaves_as_csv():
    text = Client().get(f"{TABLE}csv/").content.decode()

    assert "NVIDIA H100 SXM" in text
    assert "256 / 320" in text


def test_a_class_without_nameplates_says_so_and_chinese_readers_read_chinese():
    assert "Nobody publishes a nameplate" in read("/rules/tables/inference/1/")
    chinese = Client().get(TABLE, headers={"Accept-Language": "zh-hans"}).text
    assert "训练标准时" in chinese


def test_two_versions_are_told_apart_clause_by_clause():
    page = read(f"{RULE}2/against/1/")

    assert "Conversion table" in page
    assert "Factor of NVIDIA H100 SXM" in page


@pytest.mark.parametrize(
    ("before", "after", "worse"),
    [("1.000000 (312)", "1.100000 (343.2)", "the buyer"), ("1.000000", "0.5", "the provider")],
    ids=["higher", "lower"],
)
def test_a_changed_factor_says_for_whom_it_is_worse(before, after, worse):
    (change,) = rule_words.told_apart(
        lambda said: {"Factor": said["it"]}, {"it": before}, {"it": after}
    )

    assert worse in change.worse_for


def used(provider):
    meter = measured.meter(provider)
    measured.ingest(meter, measured.reading(meter, 3600))
    measured.close()
    return meter


def test_a_provider_reads_its_own_month_and_the_market_all_of_it():
    own, other = cast.organization("Own"), cast.organization("Other")
    used(own)
    used(other)
    address = f"{RULE}2/last-month/?month=2026-11"

    mine = read(address, cast.signed_in(cast.member(own, Role.PROVIDER)))
    all_of_it = read(address, operator())

    assert "What would 2026-11 have been under accelerator-hours v2?" in mine
    assert mine.count("3.169872") == 4
    assert all_of_it.count("3.169872") == 4
    assert all_of_it.count("6.339744") == 2


def test_a_buyer_reads_the_month_of_what_it_was_charged_and_what_measured_a_charge():
    market = Market()
    order = market.order()
    market.use(order, "1")
    market.charge()
    (charge,) = market.charges(order)
    buyer = cast.signed_in(cast.member(market.buyer, Role.BUYER))
    month = f"{charge.starts_at:%Y-%m}"

    page = read(f"{RULE}2/last-month/?month={month}", buyer)
    behind = read(f"/charges/{charge.pk}/usage/", buyer)

    assert "No usage" not in page
    assert "accelerator-hours v1" in behind
    assert "Digest of the readings" in behind
    stranger = cast.signed_in(cast.member(cast.organization("Else"), Role.BUYER))
    assert stranger.get(f"/charges/{charge.pk}/usage/").status_code == 404


def test_a_usage_record_names_table_version_row_and_certificate():
    provider = cast.organization()
    resource = cast.resource(provider, chip="H100")
    meter = measured.meter(provider, resource=resource, rule="hpc-hours")
    measured.ingest(meter, measured.reading(meter))
    measured.close()
    with tenancy.acting_as_platform():
        record = UsageRecord.objects.get(meter=meter)

    page = read(f"/supply/usage/{record.pk}/", cast.signed_in(cast.member(provider, Role.PROVIDER)))

    assert "hpc v1" in page
    assert "NVIDIA H100 SXM" in page
    assert "3.505155" in page
    assert "the published figure counts" in page


def send(client, address, typed):
    """Send a form, look at what it shows, and send it again."""
    first = client.post(address, typed, headers=ENGLISH)
    if first.status_code != 200 or 'name="seen"' not in first.text:
        return first, first
    mark = first.text.split('name="seen" value="')[1].split('"')[0]
    return first, client.post(address, typed | {"seen": mark}, headers=ENGLISH)


def test_an_operator_drafts_a_rule_sees_what_changes_and_proposes_it():
    latest = MeasurementRuleVersion.objects.get(rule_id="card-hours", version=1)
    said = json.dumps(latest.definition | {"grace_seconds": 600})
    typed = {
        "key": "5b1f9a3c-0d1c-4c43-a7de-5b8a31f7b010",
        "code": "card-hours",
        "definition": said,
        "source": "Notice 30",
    }

    shown, done = send(operator(), "/rules/measurement/new/", typed)

    assert "What it says otherwise" in shown.text
    assert done.status_code == 302
    assert Proposal.objects.get(kind="metering.rule").content["version"] == 2


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"definition": "{"}, "This is no JSON"),
        ({"definition": "[]"}, "one JSON object"),
        ({"definition": '{"metric": 1}'}, "The measurement rule is not valid"),
        ({"code": "No Such"}, "Enter a valid value"),
        ({"valid_from": "2020-01-01"}, "Rules take effect when they are announced"),
    ],
    ids=["broken", "no object", "not valid", "code", "past"],
)
def test_a_draft_that_breaks_its_form_loses_nothing_and_says_where(change, told):
    latest = MeasurementRuleVersion.objects.get(rule_id="card-hours", version=1)
    typed = {
        "key": "5b1f9a3c-0d1c-4c43-a7de-5b8a31f7b011",
        "code": "card-hours",
        "definition": json.dumps(latest.definition | {"grace_seconds": 900}),
        "source": "Notice 31",
    } | change

    answer, _again = send(operator(), "/rules/measurement/new/", typed)

    assert answer.status_code == 422
    assert told in answer.text
    assert "Notice 31" in answer.text


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        ("X1 | 312 | a test", ""),
        ("X1 | 312 / 400 | a test | X2", ""),
        ("X1 | nothing | a test", "nothing is no figure."),
        ("X1 | 312", "A row is:"),
        ("X1 | 0 | a test", "not above zero"),
        ("X1 | NaN | a test", "no"),
    ],
    ids=["one", "contested", "no figure", "too short", "zero", "not a number"],
)
def test_an_operator_drafts_a_table_by_its_rows(rows, told):
    typed = {
        "key": "5b1f9a3c-0d1c-4c43-a7de-5b8a31f7b012",
        "name": "training",
        "rows": rows,
        "source": "Notice 32",
    }

    shown, done = send(operator(), "/rules/tables/new/", typed)

    assert (done.status_code, shown.status_code) == ((422, 422) if told else (302, 200))
    assert told in shown.text
    if not told:
        row = Proposal.objects.get(kind="metering.table").content["definition"]["rows"][0]
        assert row["factor"] == ("1.000000" if "/" not in rows else None)


def test_the_api_lists_tables_and_proposes_the_next_version_to_a_second_person():
    assert len(Client().get("/api/v1/conversion-tables").json()["results"]) == 4
    body = {
        "name": "training",
        "title": "训练",
        "title_en": "Training",
        "definition": tables.one_row(),
        "basis": "Notice 33",
    }

    answer = operator().post(
        "/api/v1/conversion-tables",
        json.dumps(body),
        content_type="application/json",
        headers={"Idempotency-Key": "5b1f9a3c-0d1c-4c43-a7de-5b8a31f7b013"},
    )

    assert answer.status_code == 202, answer.content
    assert Proposal.objects.get(kind="metering.table").content["source"] == "Notice 33"


def test_the_api_says_what_a_month_would_have_been():
    provider = cast.organization()
    used(provider)
    version = MeasurementRuleVersion.objects.get(rule_id="accelerator-hours", version=2)
    client = cast.signed_in(cast.member(provider, Role.PROVIDER))

    answer = client.get(f"/api/v1/measurement-rules/{version.pk}/what-if/2026-11")

    (line,) = answer.json()["lines"]
    assert (line["before"], line["after"]) == ("3.169872000000", "3.169872000000")
    assert client.get(f"/api/v1/measurement-rules/{version.pk}/what-if/2026-13").status_code == 400
