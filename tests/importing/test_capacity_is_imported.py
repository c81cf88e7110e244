import json
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.utils import translation

from common import tenancy
from identity.models import ComputeResource, Organization
from marketplace.catalog.models import Book, Listing
from tests.cast import organization

pytestmark = pytest.mark.usefixtures("platform")

OPENB_NODES = Path("../shared/data/openb/openb_node_list_gpu_node.csv")
OPENB = """sn,cpu_milli,memory_mib,gpu,model
openb-node-0000,64000,262144,2,P100
openb-node-0001,96000,786432,8,G2
openb-node-0002,32000,262144,0,
"""
OWN = """name,region,class,form,unit,quantity,chip,pue,price_unit,unit_price,serial,vouchers
庆阳训练池,621000,AI,BARE_METAL,card,512,H100,1.12,standard_hour,3.18,QY1,yes
中卫通算,640500,GENERAL,VM,vcpu,4096,,1.15,unit_hour,0.11,ZW1,no
"""


@pytest.fixture
def write(tmp_path):
    def written(text: str | bytes, name: str = "capacity.csv") -> Path:
        path = tmp_path / name
        path.write_bytes(text.encode() if isinstance(text, str) else text)
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
    return json.loads(out.getvalue()), code


def test_a_node_becomes_cards_and_virtual_cpus_each_listed(write):
    summary, code = run(write(OPENB))

    assert code == 0
    assert {key: summary[key] for key in ("rows", "resources", "listings", "plans", "known")} == {
        "rows": 3,
        "resources": 5,
        "listings": 5,
        "plans": 3,
        "known": 0,
    }
    cards = Listing.objects.get(chip="openb G2")
    assert (cards.total_milli, cards.capacity_unit, cards.resource_class) == (8000, "card", "AI")
    assert cards.resource.identifier.startswith("SP1-91640500MA00000196-I64-640500-A-C-OBG2")
    assert cards.standard_factor is None
    assert cards.headline_unit == "unit_hour"
    assert Listing.objects.filter(capacity_unit="vcpu").count() == 3
    assert set(Book.objects.values_list("resource_class", "hub")) == {
        ("AI", "ZHW"),
        ("GENERAL", "ZHW"),
    }


def test_the_same_file_again_changes_nothing(write):
    path = write(OPENB)
    run(path)

    summary, code = run(path)

    assert (code, summary["known"], summary["resources"], summary["plans"]) == (0, 5, 0, 0)
    assert Listing.objects.count() == 5


def test_our_own_format_brings_prices_and_owners(write):
    provider = organization("陇东算力")

    summary, code = run(write(OWN), "--provider", provider.uscc)

    assert (code, summary["resources"], summary["plans"]) == (0, 2, 2)
    pool = Listing.objects.get(hub="QYG")
    assert (pool.provider, pool.total_milli, pool.chip) == (provider, 512_000, "NVIDIA H100 SXM")
    assert str(pool.price_per_standard_hour) == "3.180000"
    assert str(pool.standard_factor) == "3.169872"
    assert Listing.objects.get(hub="ZHW").accepts_vouchers is False


def test_cards_alone_can_be_imported(write):
    summary, _code = run(write(OPENB), "--without-cpu", "--form", "BARE_METAL")

    assert summary["resources"] == 2
    assert set(Listing.objects.values_list("form", flat=True)) == {"BARE_METAL"}


BAD_OPENB = [
    ("openb-node-0003,64000,262144,2", "wrong_columns"),
    ("openb-node-0003,64000,262144,2,P100,x", "wrong_columns"),
    ("openb-node-0003,NaN,262144,2,P100", "invalid_cpu_milli"),
    ("openb-node-0003,-1,262144,2,P100", "invalid_cpu_milli"),
    ("openb-node-0003,64000,1e9,2,P100", "invalid_memory_mib"),
    ("openb-node-0003,64000,262144,２,P100", "invalid_gpu"),
    ("openb-node-0003,64000,262144,2.0,P100", "invalid_gpu"),
    ("openb-node-0003,64000,262144,2,", "invalid_model"),
    ("openb-node-0003,64000,262144,0,P100", "invalid_model"),
    ("openb-node,64000,262144,2,P100", "invalid_serial"),
    ("openb-node-0003,64000,262144,2,Z9000", "identifier_unknown_code"),
    ("openb-node-0003,64000,262144,2,H100", "price_missing"),
    ("openb-node-0000,64000,262144,4,P100", "serial_twice"),
    ("openb-node-0003,999,262144,2,P100", "invalid_cpu_milli"),
    (f"{'9' * 200},64000,262144,2,P100", "invalid_text"),
]


@pytest.mark.parametrize(("line", "code"), BAD_OPENB)
def test_a_bad_row_is_named_and_the_good_ones_stay(write, line, code):
    summary, exit_code = run(write(OPENB + line + "\n"))

    assert exit_code == 1
    assert {(row["line"], row["code"]) for row in summary["refused"]} >= {(5, code)}
    assert {row["line"] for row in summary["refused"]} == {5}
    assert Listing.objects.filter(resource__specification__node="openb-node-0001").count() == 2


@pytest.mark.parametrize(("line", "code"), BAD_OPENB[:3] + BAD_OPENB[-4:])
def test_with_strict_one_bad_row_refuses_the_file(write, line, code):
    summary, exit_code = run(write(OPENB + line + "\n"), "--strict")

    assert (exit_code, summary["resources"]) == (1, 0)
    assert not ComputeResource.objects.exists()
    assert not Organization.objects.exists()


def test_strict_names_every_bad_row(write):
    bad = ["openb-node-0003,NaN,262144,2,P100", "openb-node-0004,64000,262144,2,Z9000"]

    summary, exit_code = run(write(OPENB + "\n".join(bad) + "\n"), "--strict")

    assert exit_code == 1
    assert [(row["line"], row["code"]) for row in summary["refused"]] == [
        (5, "invalid_cpu_milli"),
        (6, "identifier_unknown_code"),
    ]
    assert not ComputeResource.objects.exists()


def test_a_negative_quantity_is_told_to_be_positive(write):
    row = "x,640500,AI,BARE_METAL,card,-8,H100,1.1,unit_hour,1,A1,yes\n"

    summary, _code = run(write(OWN + row))

    assert [(bad["code"], bad["detail"]) for bad in summary["refused"]] == [
        ("invalid_quantity", "quantity must be positive, not '-8'")
    ]


def test_what_cannot_be_read_is_told_in_plain_words(tmp_path):
    binary = tmp_path / "nodes.xlsx"
    binary.write_bytes(b"PK\x03\x04\xff\xfe")
    for path, options, told in [
        (binary, (), "nodes.xlsx cannot be read: This is no text file but an Excel workbook"),
        (tmp_path / "none.csv", (), "none.csv cannot be read: No such file or directory"),
        (tmp_path, (), "cannot be read: Is a directory"),
        (binary, ("--available-from", "soon"), "--available-from must be a time such as"),
        (binary, ("--provider", "91640500MA0000009X"), "This is no text file"),
    ]:
        with pytest.raises(CommandError, match=told) as refused:
            call_command("import_capacity", str(path), *options)
        assert refused.value.returncode == 2


def test_refusals_are_in_english_whatever_the_language_of_the_market(write):
    with translation.override("zh-hans"), pytest.raises(CommandError) as refused:
        call_command("import_capacity", str(write("a,b,c\n1,2,3\n")))

    assert str(refused.value).isascii()


def test_a_dry_run_tries_everything_and_keeps_nothing(write):
    summary, exit_code = run(write(OPENB), "--dry-run")

    assert (exit_code, summary["resources"], summary["dry_run"]) == (0, 5, True)
    assert not ComputeResource.objects.exists()
    assert not Organization.objects.exists()


@pytest.mark.parametrize(
    ("row", "code"),
    [
        ("x,640500,AI,BARE_METAL,card,8,,1.1,unit_hour,1,A1,yes", "invalid_chip"),
        ("x,640500,AI,BARE_METAL,vcpu,8,H100,1.1,unit_hour,1,A1,yes", "invalid_chip"),
        ("x,640500,AI,BARE_METAL,card,0,H100,1.1,unit_hour,1,A1,yes", "invalid_quantity"),
        ("x,640500,AI,BARE_METAL,tons,8,H100,1.1,unit_hour,1,A1,yes", "invalid_unit"),
        ("x,640500,FPGA,BARE_METAL,card,8,H100,1.1,unit_hour,1,A1,yes", "invalid_class"),
        ("x,640500,AI,CLOUD,card,8,H100,1.1,unit_hour,1,A1,yes", "invalid_form"),
        ("x,640500,AI,BARE_METAL,card,8,H100,0.9,unit_hour,1,A1,yes", "invalid_pue"),
        ("x,640500,AI,BARE_METAL,card,8,H100,NaN,unit_hour,1,A1,yes", "invalid_pue"),
        ("x,640500,AI,BARE_METAL,card,8,H100,1.1,unit_hour,,A1,yes", "invalid_price"),
        ("x,640500,AI,BARE_METAL,card,8,H100,1.1,unit_hour,-1,A1,yes", "invalid_price"),
        ("x,640500,AI,BARE_METAL,card,8,H100,1.1,day,1,A1,yes", "invalid_price_unit"),
        ("x,640500,AI,BARE_METAL,card,8,H100,1.1,unit_hour,1,a1,yes", "invalid_serial"),
        ("x,640500,AI,BARE_METAL,card,8,H100,1.1,unit_hour,1,A1,maybe", "invalid_vouchers"),
        ("x,999999,AI,BARE_METAL,card,8,H100,1.1,unit_hour,1,A1,yes", "identifier_unknown_region"),
        (",640500,AI,BARE_METAL,card,8,H100,1.1,unit_hour,1,A1,yes", "invalid_name"),
    ],
)
def test_bad_rows_of_our_own_format_are_named(write, row, code):
    summary, exit_code = run(write(OWN + row + "\n"))

    assert exit_code == 1
    assert [(bad["line"], bad["code"]) for bad in summary["refused"]] == [(4, code)]
    assert summary["resources"] == 2


def test_a_price_by_the_standard_hour_needs_a_chip_with_a_figure(write):
    row = "x,640500,AI,BARE_METAL,card,8,G2,1.1,standard_hour,3,A1,yes\n"

    summary, exit_code = run(write(OWN + row))

    assert exit_code == 1
    assert [(bad["line"], bad["code"]) for bad in summary["refused"]] == [(4, "no_factor")]
    assert Listing.objects.count() == 2


def test_an_unclosed_quote_costs_its_own_line(write):
    summary, exit_code = run(
        write(OPENB + '"openb-node-0009,1,1,1,P100\nopenb-node-0010,64000,262144,2,P100\n')
    )

    assert exit_code == 1
    assert [(bad["line"], bad["code"], bad["column"]) for bad in summary["refused"]] == [
        (5, "invalid_csv", "sn")
    ]
    assert (summary["rows"], summary["rows_in"], summary["resources"]) == (5, 4, 7)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a,b,c\n1,2,3\n",
        "sn,cpu_milli,memory_mib,gpu\n",
        "name,region,class,form,unit\n",
        OWN.replace("vouchers", "colour", 1),
        OWN.replace("serial", "name", 1),
        b"\xff\xfe\x00",
    ],
)
def test_a_file_of_another_kind_is_unusable(write, text):
    with pytest.raises(CommandError) as refused:
        call_command("import_capacity", str(write(text)), stdout=StringIO())

    assert refused.value.returncode == 2


@pytest.mark.parametrize(
    ("told", "since"),
    [
        ("2026-03-01", "2026-02-28T16:00:00+00:00"),
        ("2026-03-01T00:00:00Z", "2026-03-01T00:00:00+00:00"),
    ],
    ids=["a day of the market", "a moment"],
)
def test_a_time_without_a_zone_is_the_markets(write, told, since):
    call_command("import_capacity", str(write(OPENB)), "--available-from", told, stdout=StringIO())

    assert {each.available_from.isoformat() for each in Listing.objects.all()} == {since}


@pytest.mark.parametrize(
    "options",
    [
        ["--provider", "91310000MA0000000X"],
        ["--plan", "/nowhere.json"],
        ["--available-from", "yesterday"],
        ["--format", "suanpan-csv"],
    ],
)
def test_options_that_cannot_be_followed_are_refused(write, options):
    with pytest.raises(CommandError) as refused:
        call_command("import_capacity", str(write(OPENB)), *options, stdout=StringIO())

    assert refused.value.returncode == 2
    assert not ComputeResource.objects.exists()


@pytest.mark.parametrize(
    "prices",
    [
        b"\xbb\xfa",
        "[]",
        "{}",
        "{",
        '{"prices": []}',
        '{"prices": [{"for": "G2"}]}',
        '{"prices": [{"for": "G2", "unit": "day", "unit_price": "1"}]}',
        '{"prices": [{"for": "G2", "unit": "unit_hour", "unit_price": "NaN"}]}',
        '{"prices": [{"for": "G2", "unit": "unit_hour", "unit_price": "-1"}]}',
        json.dumps({"prices": [{"for": "G2", "unit": "unit_hour", "unit_price": "1"}] * 2}),
    ],
)
def test_a_price_list_that_is_none_is_refused(write, prices):
    path = write(prices, "prices.json")

    with pytest.raises(CommandError) as refused:
        call_command("import_capacity", str(write(OPENB)), "--plan", str(path), stdout=StringIO())

    assert refused.value.returncode == 2


def test_the_plain_summary_names_lines(write):
    out, err = StringIO(), StringIO()

    with pytest.raises(SystemExit):
        call_command("import_capacity", str(write(OPENB + "x,,,,\n")), stdout=out, stderr=err)

    assert "4 rows: 5 resources registered, 5 listed under 3 plans" in out.getvalue()
    assert "line 5: invalid_serial" in err.getvalue()


@pytest.mark.skipif(not OPENB_NODES.exists(), reason="the openb node list is not at hand")
def test_all_nodes_of_the_openb_list_become_capacity():
    summary, code = run(OPENB_NODES)

    assert code == 0
    assert (summary["rows"], summary["resources"], summary["refused"]) == (1213, 2426, [])
    with tenancy.acting_as_platform():
        cards = Listing.objects.filter(capacity_unit="card")
        assert cards.count() == 1213
        assert sum(cards.values_list("total_milli", flat=True)) == 6212 * 1000
