"""Files as clusters and services write them: each line ends as in, known, or named by its line."""

import json
from datetime import timedelta
from decimal import Decimal
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from common import clock, tenancy
from marketplace.orders.models import Order
from metering.models import Reading
from tests.settlement.cast import is_balanced

pytestmark = pytest.mark.django_db
CAPACITY = """\
name,region,class,form,unit,quantity,chip,serial,price_unit,unit_price
样例高端机,610100,AI,CONTAINER,card,8,H100,HX000001,unit_hour,20.00
样例低端机,610100,AI,CONTAINER,card,8,T4,TX000001,unit_hour,1.00
样例通算机,610100,GENERAL,CONTAINER,vcpu,256,,CX000001,unit_hour,0.10
"""
HEADER = "JobID|Submit|Start|End|Elapsed|State|AllocTRES"
DAY = "2026-11-16"


@pytest.fixture
def offered(tmp_path: Path) -> Path:
    """Have cards of two kinds and processors on offer; return a folder for files."""
    capacity = tmp_path / "capacity.csv"
    capacity.write_text(CAPACITY)
    call_command("import_capacity", str(capacity), stdout=StringIO(), stderr=StringIO())
    return tmp_path


def written(folder: Path, text: str | bytes, name: str = "sacct.txt") -> Path:
    path = folder / name
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def jobs(*lines: str, header: str = HEADER) -> str:
    return "\n".join([header, *lines]) + "\n"


def job(
    number: str,
    tres: str,
    *,
    hour: int = 1,
    state: str = "COMPLETED",
    elapsed: str = "01:00:00",
) -> str:
    """Return a run of an hour that began at an hour of the day."""
    begin, end = f"{DAY}T{hour:02}:00:00", f"{DAY}T{hour + 1:02}:00:00"
    return f"{number}|{DAY}T00:00:00|{begin}|{end}|{elapsed}|{state}|{tres}"


def imported(path: Path, *options: str) -> tuple[int, dict]:
    """Import a file; return the exit code, and what was answered or why nothing was read."""
    out = StringIO()
    try:
        command = [str(path), "--region", "610100", "--json", *options]
        call_command("import_usage", *command, stdout=out, stderr=StringIO())
        code = 0
    except SystemExit as exit_:
        code = int(exit_.code or 0)
    except CommandError as error:
        return error.returncode, {"told": str(error)}
    answer = json.loads(out.getvalue())
    assert answer["rows_add_up"], answer
    assert answer["balanced"]
    return code, answer


def refused(answer: dict) -> list[tuple[int, str]]:
    return [(row["line"], row["code"]) for row in answer["refused"]]


def chips_of_orders() -> list[tuple[list[str], int]]:
    with tenancy.acting_as_platform():
        found = Order.objects.order_by("key").values_list("chips", "units_milli")
        return list(found)


# --- What was allocated decides the price ------------------------------------------------------


def test_an_h100_and_a_t4_cost_what_each_costs(offered):
    header = "JobID|Submit|Start|End|Elapsed|State|ReqTRES|AllocTRES"
    line = (
        "5701|2026-11-17T00:00:00|2026-11-17T01:00:00|2026-11-17T02:00:00|01:00:00|COMPLETED"
        "|billing=1,cpu=1,gres/gpu:h100=1,gres/gpu=1"
        "|billing=1,cpu=1,gres/gpu:h100=1,gres/gpu:t4=1,gres/gpu=2,node=1"
    )

    code, answer = imported(written(offered, jobs(line, header=header)))

    assert (code, answer["gross_minor"], answer["orders_cleared"]) == (0, 21_00, 2)
    assert (answer["rows"], answer["rows_in"]) == (1, 1)
    assert chips_of_orders() == [(["NVIDIA H100 SXM"], 1000), (["NVIDIA T4"], 1000)]


@pytest.mark.parametrize(
    ("tres", "gross"),
    [
        ("cpu=4,gres/gpu:h100=1,mem=16G,node=1", 20_00),
        ("cpu=4,gres/gpu:h100:2", 40_00),
        ("gres:gpu:h100:1", 20_00),
        ("gres/gpu:nvidia_h100_80gb_hbm3=1,gres/gpu=1", 20_00),
        ("gres/gpu:tesla_t4=3", 3_00),
        ("cpu=8,energy=18446744073709551614,license/matlab=2,fs/disk=9999999999999999999", 80),
        ("billing=64,cpu=32,ic/ofed=1,mem=1.5T,node=2,pages=0,vmem=0,gres/tmpdisk=90000", 3_20),
    ],
)
def test_what_was_held_is_read_in_every_form(offered, tres, gross):
    code, answer = imported(written(offered, jobs(job("1", tres))))

    assert (code, answer["gross_minor"]) == (0, gross)


@pytest.mark.parametrize(
    ("tres", "options", "gross"),
    [
        ("gres/gpu:h100_1g.10gb=1", ["--slice", "1g.10gb=0.125"], 2_50),
        ("gres/gpu:nvidia_h100_80gb_hbm3_1g.10gb=2", ["--slice", "1g.10gb=0.125"], 5_00),
        ("gres/shard:h100=2", ["--slice", "shard=0.25"], 10_00),
        ("gres/shard=2", ["--slice", "shard=0.25", "--card", "gpu=T4"], 50),
        ("gres/gpu=1", ["--card", "gpu=H100"], 20_00),
        ("gres/gpu:big=1", ["--card", "big=H100"], 20_00),
    ],
)
def test_what_a_file_does_not_say_can_be_said_beside_it(offered, tres, options, gross):
    code, answer = imported(written(offered, jobs(job("1", tres))), *options)

    assert (code, answer["gross_minor"]) == (0, gross)


def test_a_job_of_a_second_is_taken_though_no_order_of_its_price_could_be_placed(offered):
    line = f"1|{DAY}T00:00:00|{DAY}T01:00:00|{DAY}T01:00:01|00:00:01|COMPLETED|cpu=1"

    code, answer = imported(written(offered, jobs(line)))

    assert (code, answer["contracts_settled"], answer["gross_minor"]) == (0, 1, 0)
    assert answer["notes"] == {"runs billed nothing: free, or less than half a fen": 1}


def test_a_slice_of_unknown_size_is_refused_by_name_and_the_whole_card_is_an_h100(offered):
    lines = [
        job("5101", "cpu=4,gres/gpu:h100_1g.10gb=1,mem=16G,node=1"),
        job("5102", "cpu=4,gres/gpu:h100=1,mem=16G,node=1"),
    ]

    code, answer = imported(written(offered, jobs(*lines)))

    assert (code, answer["gross_minor"], refused(answer)) == (1, 20_00, [(2, "card_slice")])
    assert "--slice 1g.10gb=PART" in answer["refused"][0]["detail"]


def test_a_kind_that_was_asked_for_and_given_without_its_name_is_that_kind(offered):
    header = f"{HEADER}|ReqTRES"
    lines = [
        job("1", "cpu=4,gres/gpu=1") + "|cpu=4,gres/gpu:h100=1",
        job("2", "cpu=4,gres/gpu=2") + "|cpu=4,gres/gpu:h100=1",
    ]

    _code, answer = imported(written(offered, jobs(*lines, header=header)))

    assert chips_of_orders() == [(["NVIDIA H100 SXM"], 1000), ([], 2000)]
    assert answer["notes"] == {"cards without a kind: any card": 1}


def test_whole_nodes_are_an_order_for_nodes(offered):
    code, answer = imported(written(offered, jobs(job("1", "billing=64,node=2"))))

    # Nobody offers nodes here: the line is named, and is not sold as something else.
    assert (code, answer["gross_minor"]) == (1, 0)
    assert [(row["line"], row["code"]) for row in answer["undone"]] == [(2, "no_eligible_listing")]


# --- Jobs, steps, repeats ----------------------------------------------------------------------


def test_a_mixed_file_ends_line_by_line(offered):
    lines = [
        "123_[4-7%2]|2026-11-16T00:00:00|Unknown|Unknown|00:00:00|PENDING||",
        job("123_1", "cpu=4,mem=8G,node=1|"),
        job("123_1.batch", "cpu=4,mem=8G,node=1|"),
        job("123_1.extern", "billing=4,cpu=4,mem=8G,node=1|"),
        job("200+0", "cpu=4,mem=8G,node=1|"),
        job("200+1", "cpu=8,mem=8G,node=1|"),
        "300|2026-11-16T00:00:00|2026-11-16T01:00:00|2026-11-17T03:03:04|1-02:03:04"
        "|CANCELLED by 1000|cpu=4,mem=8G,node=1|",
        "301|2026-11-16T00:00:00|None|2026-11-16T00:30:00|00:00:00|CANCELLED by 1000||",
        "302|2026-11-16T00:00:00|2026-11-16T00:30:00|2026-11-16T00:30:00|00:00:00|CANCELLED||",
        "303|2026-11-16T00:00:00|2026-11-16T01:00:00|2026-11-16T01:03:04|03:04.567|COMPLETED"
        "|cpu=4,mem=8G,node=1|",
        job("304", "billing=4,cpu=4,energy=18446744073709551614,mem=8G,node=1|"),
        "305|2026-11-16T00:00:00|2026-11-16T01:00:00|Unknown|10-00:00:00|RUNNING|cpu=4|",
        job("306", "cpu=4,mem=8G,node=1|", elapsed="INVALID", state="FAILED"),
        job("307", "|", state="TIMEOUT"),
    ]

    code, answer = imported(written(offered, jobs(*lines, header=f"{HEADER}|")))

    assert code == 1
    assert refused(answer) == [(13, "unfinished_job"), (14, "bad_elapsed"), (15, "no_allocation")]
    assert (answer["rows"], answer["rows_in"], answer["never_started"], answer["steps"]) == (
        14,
        6,
        3,
        2,
    )
    assert answer["contracts_settled"] == 6
    hours = [
        Decimal(4),
        Decimal(4),
        Decimal(8),
        Decimal(4 * 93_784) / 3600,
        Decimal(4 * 184) / 3600,
    ]
    total = sum(int((each * 10).quantize(Decimal(1))) for each in [*hours, Decimal(4)])
    assert answer["gross_minor"] == total


def test_runs_of_a_requeued_job_are_told_apart_by_their_start(offered):
    lines = [
        job("5201", "gres/gpu=1", hour=1, state="REQUEUED"),
        job("5201", "gres/gpu=1", hour=3, state="NODE_FAIL"),
        "5201|2026-11-16T04:10:00|2026-11-16T05:00:00|2026-11-16T05:30:00|00:30:00|COMPLETED"
        "|gres/gpu=1",
    ]

    code, answer = imported(written(offered, jobs(*lines)), "--card", "gpu=H100")

    assert (code, answer["rows_in"], answer["gross_minor"]) == (0, 3, 50_00)
    assert answer["notes"] == {"billed runs that ended as NODE_FAIL": 1} | {
        "billed runs that ended as REQUEUED": 1
    }


@pytest.mark.parametrize("charset", ["utf-8", "utf-16"])
def test_steps_without_their_job_are_named(offered, charset):
    text = jobs(job("900.batch", "cpu=4"), job("900.0", "cpu=4"))

    code, answer = imported(written(offered, text.encode(charset)))

    assert (code, refused(answer)) == (1, [(2, "step_without_job"), (3, "step_without_job")])


def test_a_step_may_stand_before_its_job(offered):
    text = jobs(job("900.batch", "cpu=4"), job("900", "cpu=4"))

    code, answer = imported(written(offered, text))

    assert (code, answer["steps"], answer["rows_in"]) == (0, 1, 1)


def test_a_table_for_people_is_refused_with_what_to_run_instead(offered):
    text = (
        "JobID           JobName  Partition\n------------ ---------- ----------\n1000  sample cpu\n"
    )

    code, answer = imported(written(offered, text))

    assert code == 2
    assert "sacct --parsable2 --format=JobID,AllocTRES" in answer["told"]


# --- Zones and summer time ---------------------------------------------------------------------

AUTUMN = jobs(
    "5501|2025-10-26T02:00:00|2025-10-26T02:40:00|2025-10-26T02:10:00|00:30:00|COMPLETED|cpu=8",
    "5502|2025-10-26T00:00:00|2025-10-26T01:00:00|2025-10-26T04:00:00|04:00:00|COMPLETED|cpu=8",
)


def test_elapsed_decides_over_the_end_of_summer_time(offered):
    code, answer = imported(written(offered, AUTUMN), "--zone", "Europe/Berlin")

    assert (code, answer["gross_minor"], answer["zone"]) == (0, 40 + 3_20, "Europe/Berlin")
    with tenancy.acting_as_platform():
        starts = [order.starts_at.isoformat() for order in Order.objects.order_by("key")]
    assert starts == ["2025-10-26T00:40:00+00:00", "2025-10-25T23:00:00+00:00"]


def test_the_markets_zone_stands_in_and_is_told(offered):
    code, answer = imported(written(offered, AUTUMN))

    assert (code, answer["zone"]) == (1, "Asia/Shanghai")
    assert refused(answer) == [(2, "bad_period"), (3, "bad_elapsed")]
    assert "Asia/Shanghai" in answer["refused"][0]["detail"]


def test_a_job_that_ended_a_moment_ago_is_taken_in_its_zone_and_settled(offered):
    now = clock.now()
    begin, end = (
        f"{now + timedelta(hours=8) - timedelta(minutes=minutes):%Y-%m-%dT%H:%M:%S}"
        for minutes in (65, 5)
    )
    text = jobs(f"5402|{begin}|{begin}|{end}|01:00:00|COMPLETED|cpu=8,mem=16G,node=1")

    wrong_code, wrong = imported(written(offered, text), "--zone", "UTC")
    code, answer = imported(written(offered, text), "--zone", "Asia/Shanghai")

    assert (wrong_code, refused(wrong)) == (1, [(2, "in_future")])
    assert "--zone" in wrong["refused"][0]["detail"]
    assert (code, answer["gross_minor"], answer["contracts_settled"]) == (0, 80, 1)
    with tenancy.acting_as_platform():
        assert Order.objects.get().closed_at <= clock.now()


def test_a_time_that_carries_its_offset_needs_no_zone(offered):
    text = jobs(
        "1|2026-11-16T00:00:00+0100|2026-11-16T01:00:00+01:00|2026-11-16T00:30:00Z|00:30:00"
        "|COMPLETED|cpu=8"
    )

    code, answer = imported(written(offered, text), "--zone", "America/New_York")

    assert (code, answer["gross_minor"]) == (0, 40)


def test_a_time_that_clocks_skip_is_named(offered):
    text = jobs(
        "1|2026-03-29T01:00:00|2026-03-29T02:30:00|2026-03-29T04:00:00|00:30:00|COMPLETED|cpu=8"
    )

    code, answer = imported(written(offered, text), "--zone", "Europe/Berlin")

    assert (code, refused(answer)) == (1, [(2, "bad_time")])


# --- Whose file it is --------------------------------------------------------------------------

TOKENS = "TIMESTAMP,ContextTokens,GeneratedTokens\n"
TRACE_A = TOKENS + "2024-05-11 00:00:00.1,1000,0\n2024-05-11 00:00:01.1,1000,0\n"
TRACE_B = TOKENS + "".join(f"2024-05-12 00:00:0{second}.1,500000,0\n" for second in range(3))


def test_another_trace_of_the_same_name_is_refused_by_line(offered):
    first = imported(written(offered / "a", TRACE_A, "trace.csv"))
    code, answer = imported(written(offered / "b", TRACE_B, "trace.csv"))

    assert (first[0], first[1]["tokens"]) == (0, "2000")
    assert (code, answer["tokens"], answer["rated_minor"]) == (1, "0", 0)
    assert refused(answer) == [(2, "row_differs"), (3, "row_differs"), (4, "other_file")]


def test_traces_of_named_sources_are_two(offered):
    imported(written(offered / "a", TRACE_A, "trace.csv"), "--source", "north")
    code, answer = imported(written(offered / "b", TRACE_B, "trace.csv"), "--source", "south")

    assert (code, answer["tokens"], answer["rows_in"]) == (0, "1500000", 3)


def test_jobs_of_a_second_cluster_are_not_those_of_the_first(offered):
    north = jobs(job("1", "cpu=8"), job("2", "cpu=8"))
    south = jobs(job("1", "gres/gpu:h100=1"), job("3", "gres/gpu:h100=1"))
    imported(written(offered / "north", north))

    unnamed = imported(written(offered / "south", south))
    named = imported(written(offered / "south", south), "--source", "south")

    assert (unnamed[0], unnamed[1]["gross_minor"]) == (1, 0)
    assert refused(unnamed[1]) == [(2, "row_differs"), (3, "other_file")]
    assert (named[0], named[1]["gross_minor"]) == (0, 40_00)


def test_of_a_named_source_only_the_row_that_differs_is_refused(offered):
    before = jobs(job("1", "cpu=8"), job("2", "cpu=8"))
    after = jobs(job("1", "cpu=16"), job("2", "cpu=8"), job("3", "cpu=8"))
    imported(written(offered, before), "--source", "north")

    code, answer = imported(written(offered, after), "--source", "north")

    assert (code, refused(answer)) == (1, [(2, "row_differs")])
    assert (answer["rows_known"], answer["rows_in"], answer["gross_minor"]) == (1, 1, 160)


def test_a_log_that_grew_is_read_on(offered):
    imported(written(offered, jobs(job("1", "cpu=8"))))

    code, answer = imported(written(offered, jobs(job("1", "cpu=8"), job("2", "cpu=8"))))

    assert (code, answer["rows_known"], answer["rows_in"]) == (0, 1, 1)
    assert answer["gross_minor"] == 160


# --- Every line ends ---------------------------------------------------------------------------


def events(meter_id: str, count: int) -> list[bytes]:
    return [
        json.dumps(
            {
                "specversion": "1.0",
                "type": "org.suanpan.reading.v1",
                "source": "urn:file",
                "id": f"x{second}",
                "data": {
                    "meter": meter_id,
                    "starts_at": f"2026-11-24T00:00:{second:02}Z",
                    "ends_at": f"2026-11-24T00:00:{second + 1:02}Z",
                    "quantity": "1",
                    "unit": "card-second",
                },
            }
        ).encode()
        for second in range(count)
    ]


@pytest.fixture
def meter_id(offered) -> str:
    """Return the meter that an import registered on the cards."""
    imported(written(offered, jobs(job("1", "gres/gpu:h100=1")), "first.txt"))
    with tenancy.acting_as_platform():
        return str(Reading.objects.values_list("meter_id", flat=True).get())


@pytest.mark.parametrize(
    ("bad", "code"),
    [
        (b'{"specversion":"1.0","note":"\xbb\xfa"}', "bad_charset"),
        (b'{"specversion":"1.0"', "invalid_event"),
        (b'{"spec\x00version":"1.0"}', "bad_character"),
        (b'"' * 70_000, "line_too_long"),
        (b"# a comment", "invalid_event"),
    ],
    ids=["other bytes", "cut", "NUL", "too long", "comment"],
)
def test_a_line_that_cannot_be_read_costs_that_line_alone(offered, meter_id, bad, code):
    lines = events(meter_id, 6)
    lines[3] = bad

    exit_code, answer = imported(written(offered, b"\r\n".join(lines), "events.jsonl"))

    assert (exit_code, refused(answer)) == (1, [(4, code)])
    assert (answer["rows"], answer["rows_in"]) == (6, 5)


def test_an_array_of_events_is_read_and_names_lines(offered, meter_id):
    good = events(meter_id, 3)
    text = b"[\n" + b",\n".join([good[0], b"[1]", good[1], good[2] + b"]"])

    code, answer = imported(written(offered, text, "events.json"))

    assert (code, refused(answer), answer["rows_in"]) == (1, [(3, "invalid_event")], 3)


def test_an_array_that_is_cut_off_is_named_where_it_breaks(offered):
    text = '[\n {"specversion": "1.0"},\n {"specversion"\n'

    code, answer = imported(written(offered, text, "events.json"))

    assert (code, refused(answer)) == (1, [(2, "invalid_event"), (3, "invalid_event")])


def test_an_event_known_with_other_content_is_named(offered, meter_id):
    lines = events(meter_id, 2)
    imported(written(offered, b"\n".join(lines), "events.jsonl"))
    lines[1] = lines[1].replace(b'"quantity": "1"', b'"quantity": "2"')

    code, answer = imported(written(offered, b"\n".join(lines), "again.jsonl"), "--source", "x")

    assert (code, refused(answer), answer["rows_known"]) == (1, [(2, "reading_conflict")], 1)


@pytest.mark.parametrize(
    "text",
    [
        "Timestamp,Model,Request tokens,Response tokens,Total tokens,Log Type\n7,G,1,3,4,API log\n",
        "BilledCost,BillingPeriodStart,ChargePeriodStart,ConsumedQuantity\n12.50,a,b,5\n",
        "job_id,user,vc,jobname,gpu_num,cpu_num,node_num,state\n11,uA,vcB,n1,8,40,1,COMPLETED\n",
        '{"timestamp": 0, "input_length": 100, "output_length": 20, "hash_ids": [1,2]}\n',
        '{"code":200,"data":[{"ns-a":{"name":"ns-a","gpuHours":4,"gpuCost":3.8}}]}\n',
        "j1,g1,uA,Terminated,100,400\nj2,g1,uB,Failed,150,300\n",
        '[{"status":"Pass","vc":"vcA","jobid":"application_1","attempts":[]}]\n',
        '{"jobs":[{"job_id":1,"time":{"start":1764000000,"end":1764003600}}]}\n',
        '{\n "specversion": "1.0",\n "id": "y1"\n}\n',
    ],
)
def test_files_of_other_kinds_are_refused_whole(offered, text):
    code, answer = imported(written(offered, text, "other.txt"))

    assert code == 2, answer
    with tenancy.acting_as_platform():
        assert not Reading.objects.exists()
    assert is_balanced()


@pytest.mark.parametrize(
    "options",
    [
        ["--zone", "Mars/Olympus"],
        ["--zone", "../../etc/passwd"],
        ["--source", ""],
        ["--source", "x" * 121],
        ["--card", "H100"],
        ["--card", "gpu=Z9000"],
        ["--slice", "1g.10gb=2"],
        ["--slice", "1g.10gb=0.0001"],
        ["--charset", "rot13"],
    ],
)
def test_options_that_mean_nothing_are_refused(offered, options):
    code, _answer = imported(written(offered, jobs(job("1", "cpu=8"))), *options)

    assert code == 2
