"""Any place of the country has a code that the market knows, on the day that it is asked for."""

import subprocess
import sys
from datetime import date

import pytest

from identity.identifiers import regions
from marketplace.catalog import rules

TODAY = date(2026, 11, 20)


@pytest.mark.parametrize(
    ("code", "name"),
    [
        ("440600", "佛山市"),
        ("320200", "无锡市"),
        ("440605", "南海区"),
        ("320281", "江阴市"),
        ("320583", "昆山市"),
        ("441900", "东莞市"),
        ("429004", "仙桃市"),
        ("659001", "石河子市"),
        ("130984", "河间市"),
        ("460400", "儋州市"),
        ("540200", "日喀则市"),
        ("530100", "昆明市"),
        ("330114", "钱塘区"),
        ("640502", "沙坡头区"),
        ("110100", "北京市市辖区"),
        ("710000", "台湾省"),
    ],
)
def test_a_place_is_known(code, name):
    region = regions.regions()[code]

    assert region.name == name
    assert region.is_valid_on(TODAY)


@pytest.mark.parametrize(
    ("code", "day"),
    [
        ("110228", date(2014, 1, 1)),  # Miyun County, before it became a district
        ("310108", date(2014, 1, 1)),  # Zhabei, before it became a part of Jing'an
        ("371200", date(2018, 1, 1)),  # Laiwu, before it became a part of Jinan
        ("330104", date(2020, 1, 1)),  # Jianggan in Hangzhou
        ("510200", date(1990, 1, 1)),  # Chongqing in Sichuan
    ],
)
def test_an_old_code_is_known_for_its_days_and_not_today(code, day):
    region = regions.regions()[code]

    assert region.is_valid_on(day)
    assert not region.is_valid_on(TODAY)


def test_every_division_lies_in_a_province_and_lived_for_a_while():
    for region in regions.regions().values():
        assert region.province in regions.regions(), region
        if region.valid_from and region.valid_to:
            assert region.valid_from < region.valid_to, region


def test_the_table_is_whole():
    now = [region for region in regions.regions().values() if region.is_valid_on(TODAY)]

    provinces = [region for region in now if region.code.endswith("0000")]
    prefectures = [region for region in now if region.code.endswith("00")]
    assert len(provinces) == 34
    assert len(prefectures) - len(provinces) == 333 + 9  # with the summary codes of provinces
    assert len(now) - len(prefectures) > 2_800
    assert all(region.name_en for region in provinces)


@pytest.mark.parametrize(
    ("code", "place"),
    [
        ("640502", "ZHW"),  # a county of a cluster's prefecture
        ("621002", "QYG"),
        ("500112", "CKG"),  # a district of a cluster's province
        ("510122", "TFU"),  # an old code
        ("510116", "TFU"),
        ("150123", "HLG"),
        ("150122", "150000"),  # the county beside the cluster's
        ("320509", "YDA"),
        ("320500", "320000"),
        ("440600", "440000"),
        ("659001", "650000"),
        ("429004", "420000"),
        ("810000", "810000"),
    ],
)
def test_every_code_has_a_place_on_the_market(code, place):
    assert rules.place_of(code) == place


def test_every_code_has_a_place_that_has_a_name():
    places = {rules.place_of(code) for code in regions.regions()}

    hubs = {hub.code for hub in regions.hubs()}
    assert all(place in hubs or regions.regions()[place].name for place in places)


def test_a_hub_is_found_by_every_code_in_it():
    assert {"640500", "640502", "640521"} <= regions.codes_in_hub("ZHW")
    assert "640100" not in regions.codes_in_hub("ZHW")


def test_a_county_is_found_by_its_prefecture():
    assert "440605" in regions.codes_named("佛山")
    assert "440605" in regions.codes_named("foshan")
    assert "320281" in regions.codes_named("无锡")


def test_what_people_look_for_is_not_kept_without_end():
    for number in range(3_000):
        regions.codes_named(f"word {number}")

    assert regions.codes_named.cache_info().currsize <= regions.WORDS_KEPT


def test_the_table_is_read_once_and_quickly():
    """Counted, not timed: one pass over the file, none when it is asked for again."""
    code = (
        "import sys; from identity.identifiers import regions; "
        "first = regions.regions(); assert regions.regions() is first; "
        "assert 'csv' not in sys.modules; print(len(first))"
    )

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert int(done.stdout) > 6_000
