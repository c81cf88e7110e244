"""Industries are read as they were in force on a day, whole, and by page and API."""

from datetime import date, timedelta

import pytest

from identity.identifiers import industries

LATER, BEFORE = date(2017, 10, 1), date(2017, 9, 30)


def test_each_edition_is_whole():
    for day, divisions in ((BEFORE, 96), (LATER, 97), (date(2026, 1, 1), 97)):
        found = industries.in_force(day)
        numbers = [int(code[1:]) for code in found if len(code) == 3]
        assert sorted(numbers) == list(range(1, divisions + 1))
        assert len([code for code in found if len(code) == 1]) == 20
    assert not industries.in_force(date(2011, 10, 31))


def test_no_code_stands_for_two_things_on_a_day():
    rows = industries.industry_table()
    for one in rows:
        for other in rows:
            if one is not other and one.code == other.code:
                assert (one.valid_to or date.max) <= other.valid_from or (
                    other.valid_to or date.max
                ) <= one.valid_from


@pytest.mark.parametrize(
    ("code", "day", "name"),
    [
        ("O80", BEFORE, "机动车、电子产品和日用产品修理业"),
        ("O80", LATER, "居民服务业"),
        ("N79", BEFORE, None),
        ("O79", LATER, None),
        ("I6420", LATER, "互联网和相关服务"),
        ("I66", LATER, None),
        ("I", LATER, None),
        ("I64200", LATER, None),
        ("I６4", LATER, None),
    ],
)
def test_a_code_is_read_as_of_its_day(code, day, name):
    found = industries.division_of(code, day)

    assert (found.name if found else None) == name


@pytest.mark.django_db
def test_everybody_reads_it(client):
    all_rows = client.get("/api/v1/industries").json()
    then = client.get("/api/v1/industries", {"on": str(BEFORE)}).json()
    slip = client.get("/api/v1/industries", {"on": "2017"})
    page = client.get("/directory/industries/", {"on": str(BEFORE)}).text
    early = client.get("/directory/industries/", {"on": str(BEFORE - timedelta(days=9999))})

    assert (len(all_rows), len(then)) == (141, 116)
    assert slip.status_code == 400
    assert "O79" in page
    assert "T97" not in page
    assert early.status_code == 200
