"""Capacity files as people save them: each line ends as in, known, or named by its line."""

import json
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from common import tenancy
from marketplace.catalog.models import Listing
from pricing.models import RatePlan, RatePlanVersion
from tests.cast import organization

pytestmark = pytest.mark.usefixtures("platform")

HEADER = "name,region,class,form,unit,quantity,serial,price_unit,unit_price"
ROW = "甲,530100,GENERAL,VM,vcpu,64,{serial},unit_hour,0.10"
TYPED = """name,region,class,form,unit,quantity,chip,serial,price_unit,unit_price
样例高端,610100,AI,CONTAINER,card,8,H100,HX000001,unit_hour,20.00
样例低端,610100,AI,CONTAINER,card,8,T4,TX000001,unit_hour,1.00
样例通算,610100,GENERAL,CONTAINER,vcpu,256,,CX000001,unit_hour,0.10
"""
NODES = "sn,cpu_milli,memory_mib,gpu,model\nnode-0001,64000,262144,2,P100\nnode-0002,8000,9,0,\n"


@pytest.fixture
def write(tmp_path):
    def written(content: str | bytes, name: str = "capacity.csv") -> Path:
        path = tmp_path / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    return written


def run(path: Path, *options: str) -> tuple[dict, int]:
    """Return the summary that the command prints, and its exit code."""
    out = StringIO()
    code = 0
    try:
        call_command("import_capacity", str(path), "--json", *options, stdout=out)
    except SystemExit as ended:
        code = int(ended.code)
    summary = json.loads(out.getvalue())
    assert (
        summary["rows"] == sum(summary[f"rows_{end}"] for end in ("in", "known", "refused"))
        or "--strict" in options
    )
    return summary, code


def refusal(path: Path, *options: str) -> str:
    with pytest.raises(CommandError) as refused:
        call_command("import_capacity", str(path), *options, stdout=StringIO())
    assert refused.value.returncode == 2
    return str(refused.value)


def test_what_excel_adds_does_no_harm(write):
    rows = [ROW.format(serial=f"Q{number}") for number in range(3)]
    for name, content in {
        "blank columns": "\r\n".join([f"\ufeff{HEADER},,", f"{rows[0]},,", ",,,,,,,,,,", ""]),
        "blank rows": "\r\n".join([f"\ufeff{HEADER}", rows[1], ",,,,,,,,", "", ""]),
        "separator line": "\n".join(["sep=,", HEADER.upper(), rows[2]]),
    }.items():
        summary, code = run(write(content))

        assert (name, code, summary["rows"], summary["rows_in"]) == (name, 0, 1, 1)


def test_semicolons_bring_decimal_commas(write):
    table = f"{HEADER}\n{ROW.format(serial='Q1')}".replace(",", ";").replace("0.10", "0,10")

    _summary, code = run(write(table))

    assert code == 0
    assert str(Listing.objects.get().headline_price) == "0.100000"


def test_what_may_be_thousands_or_decimals_is_refused(write):
    table = f"{HEADER}\n{ROW.format(serial='Q1')}".replace(",", ";").replace("0.10", "1,024")

    summary, code = run(write(table))

    assert code == 1
    assert summary["refused"][0]["column"] == "unit_price"
    assert "'1,024'" in summary["refused"][0]["detail"]


def test_a_file_in_gb18030_is_read_when_it_is_named(write):
    path = write(f"{HEADER}\n{ROW.format(serial='Q1')}\n".encode("gb18030"))

    told = refusal(path)
    _summary, code = run(path, "--charset", "gb18030")

    assert "looks like gb18030: name it with --charset gb18030" in told
    assert code == 0
    assert Listing.objects.get().title == "甲"


def test_utf_16_is_read_by_its_mark(write):
    _summary, code = run(write(f"\ufeff{TYPED}".replace(",", "\t").encode("utf-16-le")))

    assert code == 0
    assert Listing.objects.count() == 3


@pytest.mark.parametrize(
    ("column", "value", "code"),
    [
        ("quantity", "64.0", "invalid_quantity"),
        ("quantity", '"1,024"', "invalid_quantity"),
        ("quantity", "1_000", "invalid_quantity"),
        ("quantity", "６４", "invalid_quantity"),
        ("quantity", "1e3", "invalid_quantity"),
        ("quantity", "NaN", "invalid_quantity"),
        ("quantity", "50%", "invalid_quantity"),
        ("quantity", "-8", "invalid_quantity"),
        ("quantity", "+8", "invalid_quantity"),
        ("quantity", "0x10", "invalid_quantity"),
        ("quantity", "", "invalid_quantity"),
        ("quantity", "9999999999", "invalid_quantity"),
        ("quantity", "10000000", "invalid_specification"),
        ("region", "530100.0", "invalid_region"),
        ("region", "53", "invalid_region"),
        ("region", "539999", "identifier_unknown_region"),
        ("region", "５３０１００", "invalid_region"),
        ("industry", "X99", "identifier_unknown_industry"),
        ("industry", "i64", "invalid_industry"),
        ("serial", "1.00E+05", "invalid_serial"),
        ("serial", "１", "invalid_serial"),
        ("unit_price", '"0,10"', "invalid_price"),
        ("unit_price", "-1", "invalid_price"),
        ("unit_price", "1e1", "invalid_price"),
        ("unit_price", "0.1234567", "invalid_price"),
        ("unit_price", "１", "invalid_price"),
        ("unit_price", "¥1", "invalid_price"),
        ("unit_price", "5%", "invalid_price"),
        ("unit_price", "inf", "invalid_price"),
    ],
)
def test_an_odd_number_is_refused_with_its_column_and_value(write, column, value, code):
    columns = [*HEADER.split(","), "industry"]
    cells = [*ROW.format(serial="Q1").split(","), "I64"]
    cells[columns.index(column)] = value
    good = ROW.format(serial="Q2")

    summary, exit_code = run(write(f"{HEADER},industry\n{','.join(cells)}\n{good},\n"))

    assert exit_code == 1
    ((bad),) = summary["refused"]
    assert (bad["line"], bad["code"], bad["column"]) == (2, code, column)
    assert value.strip('"') in bad["detail"]
    assert summary["resources"] == 1


def test_the_same_serial_with_and_without_zeros_is_one(write):
    rows = [ROW.format(serial=serial) for serial in ("7", "00000007")]

    summary, code = run(write("\n".join([HEADER, *rows])))

    assert code == 1
    assert [(bad["line"], bad["code"]) for bad in summary["refused"]] == [(3, "serial_twice")]


def test_two_foreign_bytes_in_a_long_file_cost_one_line(write):
    rows = [ROW.format(serial=f"Q{number}").encode() for number in range(1_200)]
    rows[700] = rows[700].replace("甲".encode(), b"\xbb\xfa")

    summary, code = run(write(b"\n".join([HEADER.encode(), *rows])))

    assert code == 1
    assert [(bad["line"], bad["code"], bad["column"]) for bad in summary["refused"]] == [
        (702, "bad_charset", "name")
    ]
    assert (summary["rows"], summary["rows_in"], summary["listings"]) == (1_200, 1_199, 1_199)


def test_a_header_that_does_not_fit_says_why(write):
    told = refusal(write("Name;Region;Klass;Form;Unit;Quantity;Colour\n"))

    assert "Missing: class. Surplus: Klass, Colour. Named twice: -." in told
    assert "separator semicolon, charset utf-8" in told


def test_known_rows_at_another_price_are_named(write):
    run(write(TYPED))

    summary, code = run(write(TYPED.replace("20.00", "25.00"), "other name.csv"))

    assert code == 1
    assert [(bad["line"], bad["code"], bad["column"]) for bad in summary["refused"]] == [
        (2, "known_differs", "unit_price")
    ]
    assert summary["refused"][0]["detail"] == (
        "unit_price 25 here, 20 known; --update-prices takes the new price"
    )
    assert (summary["rows_known"], Listing.objects.get(chip="NVIDIA H100 SXM").headline_price) == (
        2,
        20,
    )


def test_a_lower_price_is_published_when_it_is_asked_for(write):
    run(write(TYPED))
    before = Listing.objects.get(chip="NVIDIA H100 SXM")

    summary, code = run(write(TYPED.replace("20.00", "15.00")), "--update-prices")

    after = Listing.objects.get(chip="NVIDIA H100 SXM")
    assert (code, summary["repriced"], summary["rows_in"], summary["rows_known"]) == (0, 1, 1, 2)
    assert (after.pk, after.headline_price) == (before.pk, 15)
    assert after.plan_version_id != before.plan_version_id
    assert RatePlanVersion.objects.get(pk=before.plan_version_id).ends_at is None
    again, code = run(write(TYPED.replace("20.00", "15.00")))
    assert (code, again["rows_known"], again["plans"]) == (0, 3, 0)


def test_another_listing_at_the_old_price_keeps_it(write):
    twin = TYPED.splitlines()[1].replace("HX000001", "HX000002")
    run(write(TYPED + twin))

    run(write(TYPED.replace("20.00", "15.00") + twin), "--update-prices")

    prices = Listing.objects.filter(chip="NVIDIA H100 SXM").order_by("headline_price")
    assert [listing.headline_price for listing in prices] == [15, 20]


def test_a_dearer_price_is_named_as_it_needs_its_notice(write):
    run(write(TYPED))

    summary, code = run(write(TYPED.replace("20.00", "20.01")), "--update-prices")

    assert (code, summary["repriced"], summary["plans"]) == (1, 0, 0)
    assert [(bad["line"], bad["code"], bad["column"]) for bad in summary["refused"]] == [
        (2, "price_needs_notice", "unit_price")
    ]
    assert "seven days ahead" in summary["refused"][0]["detail"]
    assert Listing.objects.get(chip="NVIDIA H100 SXM").headline_price == 20


def test_a_plan_that_says_something_else_by_now_is_not_borne(write):
    run(write(TYPED))
    version = RatePlanVersion.objects.get(
        pk=Listing.objects.get(chip="NVIDIA H100 SXM").plan_version_id
    )
    publish(version.plan, "30.00")
    twin = TYPED.splitlines()[1].replace("HX000001", "HX000002")

    run(write(f"{TYPED.splitlines()[0]}\n{twin}"))

    assert Listing.objects.get(resource__serial="HX000002").headline_price == 20


def publish(plan: RatePlan, price: str) -> None:
    from common import clock
    from pricing import services

    tiers = [{"from": "0", "unit_price": price}]
    with tenancy.acting_as_platform():
        services.publish_version(
            provider_id=plan.provider_id,
            plan_id=plan.pk,
            components=[{"code": "usage", "unit": "unit_hour", "tiers": tiers}],
            now=clock.now(),
        )


@pytest.mark.parametrize(
    ("old", "new", "column"),
    [
        ("610100,AI,CONTAINER,card,8,H100", "640500,AI,CONTAINER,card,8,H100", "region"),
        ("card,8,H100", "card,16,H100", "quantity"),
        ("card,8,H100", "card,8,A100", "chip"),
        ("AI,CONTAINER,card,8,H100", "AI,VM,card,8,H100", "form"),
        ("样例高端", "样例顶端", "name"),
        ("20.00", "25.00", "unit_price"),
    ],
)
def test_whatever_differs_is_named_and_stays(write, old, new, column):
    run(write(TYPED))

    options = [] if column == "unit_price" else ["--update-prices"]
    summary, code = run(write(TYPED.replace(old, new)), *options)

    assert code == 1
    assert [(bad["code"], bad["column"]) for bad in summary["refused"]] == [
        ("known_differs", column)
    ]
    assert (summary["rows_known"], summary["resources"], summary["repriced"]) == (2, 0, 0)


def test_rows_without_serials_are_known_again(write):
    rows = ["甲,530100,GENERAL,VM,vcpu,64,,unit_hour,0.10"] * 2
    run(write("\n".join([HEADER, *rows])))

    again, code = run(write("\n".join([HEADER, *rows, rows[0]]), "grown.csv"))

    assert (code, again["rows_known"], again["rows_in"]) == (0, 2, 1)
    assert Listing.objects.count() == 3


def test_two_clusters_with_nodes_of_one_name_are_told_apart_by_their_source(write):
    run(write(NODES), "--source", "north")

    south, code = run(write(NODES), "--source", "south")
    north, _code = run(write(NODES, "renamed.csv"), "--source", "north")

    assert (code, south["rows_in"], south["resources"]) == (0, 2, 3)
    assert (north["rows_known"], north["rows_in"]) == (2, 0)
    assert Listing.objects.count() == 6


def test_without_a_source_a_second_cluster_is_named_by_line(write):
    run(write(NODES))

    summary, code = run(write(NODES.replace("64000", "96000")))

    assert code == 1
    assert [(bad["line"], bad["code"]) for bad in summary["refused"]] == [(2, "known_differs")]


def test_a_line_of_which_a_part_is_refused_is_out_as_a_whole(write):
    summary, code = run(write(f"{NODES}node-0003,64000,262144,2,Z9000\n"))

    assert (code, summary["rows_in"], summary["rows_refused"]) == (1, 2, 1)
    assert not Listing.objects.filter(title__startswith="node-0003").exists()


def test_a_price_list_that_changes_names_the_nodes(write):
    def prices(card: str) -> Path:
        entries = [
            {"for": name, "unit": "unit_hour", "unit_price": price}
            for name, price in (("P100", card), ("vcpu", "0.1"))
        ]
        return write(json.dumps({"prices": entries}), f"{card}.json")

    run(write(NODES), "--plan", str(prices("4")))

    named, code = run(write(NODES), "--plan", str(prices("3")))
    updated, _code = run(write(NODES), "--plan", str(prices("3")), "--update-prices")

    assert (code, [bad["line"] for bad in named["refused"]]) == (1, [2])
    assert (updated["repriced"], updated["rows_in"], updated["rows_known"]) == (1, 1, 1)


@pytest.mark.parametrize("source", ["x" * 81, "a\nb", "\x00"])
def test_a_source_has_a_plain_name(write, source):
    assert "at most 80 printable characters" in refusal(write(NODES), "--source", source)


def test_with_strict_known_rows_that_differ_refuse_the_file(write):
    provider = organization("陇东算力")
    run(write(TYPED), "--provider", provider.uscc)
    grown = TYPED.replace("20.00", "25.00") + TYPED.splitlines()[2].replace("TX", "TY")

    summary, code = run(write(grown), "--provider", provider.uscc, "--strict")

    assert (code, summary["rows_in"], Listing.objects.count()) == (1, 0, 3)
