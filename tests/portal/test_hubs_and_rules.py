"""What everybody reads of hubs and measurement rules, and how a programme's budget is drawn."""

import pytest
from django.test import Client

from identity.contracts import Role
from marketplace.bulletin import boards
from marketplace.vouchers import selectors as vouchers
from metering import selectors as metering
from tests import cast
from tests.cast import NOW
from tests.catalog import supply
from tests.orders.cast import buyer, programme, voucher

pytestmark = pytest.mark.django_db
ENGLISH = {"Accept-Language": "en"}
HUBS = "/market/hubs/"


def test_a_stranger_reads_what_is_free_at_a_hub_and_from_which_price_on():
    supply.listed(cards=4)
    boards.take(now=NOW)

    page = Client().get(HUBS, headers=ENGLISH).text

    assert "cm-hubmap__tie" in page
    assert "Zhongwei" in page
    assert "100%" in page
    assert "no statement about boundaries" in page
    assert "Nothing of this kind" in Client().get(f"{HUBS}?class=HPC", headers=ENGLISH).text


@pytest.mark.parametrize("number", ["", "GS(2026)0001"], ids=["unnumbered", "numbered"])
def test_a_base_map_is_shown_with_its_review_number_alone(settings, tmp_path, number):
    supply.listed(cards=4)
    boards.take(now=NOW)
    picture = tmp_path / "map.svg"
    picture.write_text("<svg xmlns='http://www.w3.org/2000/svg'/>")
    settings.SITE_BASE_MAP, settings.SITE_BASE_MAP_REVIEW = str(picture), number

    page = Client().get(HUBS, headers=ENGLISH).text
    answer = Client().get(f"{HUBS}base-map/")

    assert (number in page and "base-map" in page) == bool(number)
    assert answer.status_code == (200 if number else 404)
    if number:
        assert "sandbox" in answer["Content-Security-Policy"]
        assert b"".join(answer.streaming_content)


def test_everyone_reads_what_a_rule_version_says_and_what_follows_it():
    listing = supply.listed(cards=4)
    rule = next(each for each in metering.rule_versions() if each.id == listing.rule_version_id)

    rules = Client().get("/rules/measurement/", headers=ENGLISH).text
    one = Client().get(f"/rules/measurement/{rule.code}/{rule.version}/", headers=ENGLISH).text

    assert f"{rule.code} v{rule.version}" in rules
    assert rule.content_hash in one
    assert "1 listing follows it" in one
    assert listing.number in one
    assert Client().get(f"/rules/measurement/{rule.code}/99/").status_code == 404


def test_a_budget_is_charged_committed_and_left():
    city = programme("1000")
    voucher(buyer(), "300", city)
    issuer = cast.signed_in(cast.member(city.issuer, Role.ISSUER))

    (summary,) = vouchers.with_captured(vouchers.summaries(vouchers.programmes(), at=NOW))
    page = issuer.get("/programmes/", headers=ENGLISH).text

    assert (summary.captured_minor, summary.committed_minor) == (0, 300_00)
    assert "cm-budget" in page
    assert "¥300.00" in page
