import json
from collections import Counter
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from io import BytesIO
from pathlib import Path
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from common.tabular import FileRefused, HeaderRefused, Lines
from marketplace.importing import formats
from marketplace.importing.contracts import (
    BadRow,
    OneEventALine,
    SacctForPeople,
    StepRow,
    UnknownUsageFormat,
    UsageFormat,
    UsageRow,
)
from marketplace.importing.formats import cards, cloudevents_jsonl, slurm_sacct, slurm_tres
from marketplace.importing.formats.lines import Reckoning

REAL = Path(__file__).resolve().parents[3] / "shared" / "data"
ORIGIN = datetime(2023, 1, 1, tzinfo=UTC)
POD_HEADER = (
    "name,cpu_milli,memory_mib,num_gpu,gpu_milli,gpu_spec,qos,pod_phase,"
    "creation_time,deletion_time,scheduled_time"
)
JOB_HEADER = "JobID|User|Account|AllocTRES|Submit|Start|End|Elapsed|State"


def lines_of(lines):
    return Lines(BytesIO("\n".join(lines).encode("utf-8", "surrogatepass")))


def read(lines, usage_format="", **reckoning):
    reckoning = Reckoning(**reckoning)
    return list(formats.read(lines_of(lines), usage_format=usage_format, reckoning=reckoning))


@pytest.mark.parametrize(
    ("first_line", "usage_format"),
    [
        (POD_HEADER, UsageFormat.OPENB_PODS),
        ("\ufeffTIMESTAMP,ContextTokens,GeneratedTokens\r\n", UsageFormat.AZURE_LLM),
        (JOB_HEADER, UsageFormat.SLURM),
        ('{"specversion":"1.0"}', UsageFormat.CLOUDEVENTS),
    ],
)
def test_a_format_is_known_by_its_first_line(first_line, usage_format, tmp_path):
    path = tmp_path / "usage"
    path.write_text(first_line, encoding="utf-8")

    with formats.open_usage(path) as usage:
        assert usage.usage_format == usage_format


@pytest.mark.parametrize(
    ("first_line", "refusal"),
    [
        ("", FileRefused),
        ("a,b,c", FileRefused),
        ("[1]", UnknownUsageFormat),
        ("{}", UnknownUsageFormat),
        ('[{"status":"Pass","vc":"vcA"}]', UnknownUsageFormat),
        ("{", OneEventALine),
        ("sn,cpu_milli,memory_mib,gpu", FileRefused),
        ("JobID           JobName  Partition", SacctForPeople),
    ],
)
def test_another_file_is_refused(first_line, refusal, tmp_path):
    path = tmp_path / "usage"
    path.write_text(first_line, encoding="utf-8")

    with pytest.raises(refusal), formats.open_usage(path):
        pass


def test_a_pod_that_shares_a_card_holds_its_part_of_it():
    (pod,) = read([POD_HEADER, "p1,6000,12288,1,460,,LS,Running,10,130,30\r\n"], "openb-pods")

    assert pod == UsageRow(
        line=2,
        subject_name="p1",
        requested_at=ORIGIN + timedelta(seconds=10),
        starts_at=ORIGIN + timedelta(seconds=30),
        ends_at=ORIGIN + timedelta(seconds=130),
        quantity=Decimal(46),
        unit="card-second",
        units_milli=460,
        facts=pod.facts,
    )
    assert (pod.facts["qos"], pod.facts["cpu_milli"]) == ("LS", "6000")


def test_of_the_kinds_that_will_do_the_known_ones_are_asked_for():
    (pod,) = read([POD_HEADER, "p1,6,1,1,460,V100M32|Z9000|T4,LS,Running,10,130,30"], "openb-pods")

    assert pod.chips == ("NVIDIA T4", "NVIDIA V100 32GB")


@pytest.mark.parametrize(
    ("kind", "chip"),
    [
        ("h100", "NVIDIA H100 SXM"),
        ("nvidia_h100_80gb_hbm3", "NVIDIA H100 SXM"),
        ("h100_pcie", "NVIDIA H100 PCIe"),
        ("nvidia_h100_nvl", None),
        ("h100_94gb", None),
        ("nvidia_a100-sxm4-40gb", "NVIDIA A100 40GB SXM"),
        ("a100-pcie-40gb", None),
        ("tesla_v100-sxm2-32gb", "NVIDIA V100 32GB"),
        ("v100", None),
        ("tesla_p100-pcie-16gb", "NVIDIA P100"),
        ("nvidia_geforce_rtx_4090", "NVIDIA RTX 4090"),
        ("a10", "NVIDIA A10"),
        ("a10g", None),
        ("ascend910b", "Huawei Ascend 910B"),
        ("vcpu", None),
        ("", None),
    ],
)
def test_the_name_of_a_kind_of_card_means_one_chip_or_none(kind, chip):
    assert cards.find(kind) == chip


def test_a_pending_pod_used_nothing_and_one_without_cards_used_processors():
    pending, processors = read(
        [
            POD_HEADER,
            "p1,6000,12288,2,1000,T4|P100,LS,Pending,10,130,",
            "p2,2500,12288,0,0,,BE,Succeeded,10,14,10",
        ],
        "openb-pods",
    )

    assert (pending.quantity, pending.starts_at, pending.units_milli) == (0, None, 2000)
    assert (processors.quantity, processors.unit) == (10, "vcpu-second")


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("p1,6000,12288,1,460,,LS,Running,10,130", "wrong_cell_count"),
        ("p1,6000,12288,1,460,,LS,Running,10,130,30,7", "wrong_cell_count"),
        (",6000,12288,1,460,,LS,Running,10,130,30", "missing_name"),
        ("p1,6000,12288,-1,460,,LS,Running,10,130,30", "bad_number"),
        ("p1,6000,12288,1e3,460,,LS,Running,10,130,30", "bad_number"),
        ("p1,6000,12288,１,460,,LS,Running,10,130,30", "bad_number"),
        ("p1,6000,12288,1,1001,,LS,Running,10,130,30", "bad_share"),
        ("p1,6000,12288,0,500,,LS,Running,10,130,30", "bad_share"),
        ("p1,6000,12288,1,0,,LS,Running,10,130,30", "bad_share"),
        ("p1,6000,12288,1,460,Z9000|Z9001,LS,Running,10,130,30", "unknown_chip"),
        ("p1,6000,12288,1,460,,LS,Running,10,30,130", "bad_period"),
        ("p1,6000,12288,1,460,,LS,Running,40,130,30", "bad_period"),
        ("p1,6000,12288,1,460,,LS,Running,10,999999999999999,30", "bad_time"),
        ("p\x001,6000,12288,1,460,,LS,Running,10,130,30", "bad_character"),
        ("p1," + "9" * 70_000, "line_too_long"),
    ],
)
def test_a_bad_pod_is_named_by_its_line_and_the_next_is_read(line, code):
    good = "p2,6000,12288,1,460,,LS,Running,10,130,30"

    bad, pod = read([POD_HEADER, line, good], "openb-pods")

    assert (bad.line, bad.code) == (2, code)
    assert pod.line == 3


def test_a_header_that_lacks_a_column_ends_the_reading():
    with translation.override("en"), pytest.raises(HeaderRefused, match="Missing: memory_mib"):
        read(["name,cpu_milli", "p1,6000"], "openb-pods")


def test_a_request_counts_its_tokens_at_its_moment():
    (request,) = read(
        ["TIMESTAMP,ContextTokens,GeneratedTokens", "2023-11-16 18:17:03.9799607,4808,10"],
        "azure-llm",
    )

    at = datetime(2023, 11, 16, 18, 17, 3, 979960, tzinfo=UTC)
    assert (request.starts_at, request.ends_at) == (at, at + timedelta(microseconds=1))
    assert (request.quantity, request.unit, request.subject_name) == (4818, "token", "request-1")


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("2023-11-16 18:17:03,48.5,10", "bad_number"),
        ("2023-11-16 18:17:03,-1,10", "bad_number"),
        ("2023-11-31 18:17:03,1,10", "bad_time"),
        ("16/11/2023,1,10", "bad_time"),
    ],
)
def test_a_bad_request_is_named_by_its_line(line, code):
    (bad,) = read(["TIMESTAMP,ContextTokens,GeneratedTokens", line], "azure-llm")

    assert (bad.line, bad.code) == (2, code)


def job(**changes):
    cells = {
        "JobID": "1001",
        "User": "li",
        "Account": "bio",
        "AllocTRES": "billing=16,cpu=16,gres/gpu=2,gres/gpu:a100=2,mem=64G,node=1",
        "Submit": "2026-03-01T07:59:00",
        "Start": "2026-03-01T08:00:00",
        "End": "2026-03-01T09:30:00",
        "Elapsed": "01:30:00",
        "State": "COMPLETED",
    } | changes
    return "|".join(cells[name] for name in JOB_HEADER.split("|"))


def test_a_job_holds_its_cards_from_start_to_end():
    (row,) = read([JOB_HEADER, job()], "slurm", zone=ZoneInfo("Asia/Shanghai"))

    assert (row.subject_name, row.unit, row.units_milli) == ("1001", "card-second", 2000)
    assert row.quantity == 2 * 5400
    assert row.starts_at == datetime(2026, 3, 1, 0, 0, tzinfo=UTC)
    assert row.requested_at == datetime(2026, 2, 28, 23, 59, tzinfo=UTC)
    assert row.facts["Account"] == "bio"


def test_a_job_without_cards_holds_its_processors_and_suspended_time_is_not_counted():
    (row,) = read([JOB_HEADER, job(AllocTRES="cpu=4,mem=8G", Elapsed="30:00")], "slurm")

    assert (row.unit, row.quantity) == ("vcpu-second", 4 * 1800)


def test_cards_of_several_kinds_are_a_row_each():
    rows = read([JOB_HEADER, job(AllocTRES="cpu=4,gres/gpu:a100=2,gres/gpu:h100=1")], "slurm")

    assert [(row.line, row.chips, row.units_milli) for row in rows] == [
        (2, ("NVIDIA A100 80GB SXM",), 2000),
        (2, ("NVIDIA H100 SXM",), 1000),
    ]
    assert len({row.identity for row in rows}) == 2


def test_steps_are_parts_of_their_job():
    rows = read([JOB_HEADER, job(), job(JobID="1001.batch"), job(JobID="1002_7")], "slurm")

    assert [getattr(row, "subject_name", "step") for row in rows] == ["1001", "step", "1002_7"]


def test_a_job_that_never_ran_used_nothing():
    pending = job(Start="Unknown", End="Unknown", Elapsed="00:00:00", State="PENDING", AllocTRES="")
    cancelled = job(Start="None", Elapsed="00:00:00", State="CANCELLED by 1000")
    instant = job(End="2026-03-01T08:00:00", Elapsed="00:00:00", State="FAILED")

    rows = read([JOB_HEADER, pending, cancelled, instant], "slurm")

    assert [(row.quantity, row.starts_at) for row in rows] == [(0, None)] * 3


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"State": "RUNNING", "End": "Unknown"}, "unfinished_job"),
        ({"End": "2026-03-01T07:00:00"}, "bad_period"),
        ({"End": "Unknown"}, "bad_time"),
        ({"Start": "yesterday"}, "bad_time"),
        ({"Start": "0001-01-01T00:00:00"}, "bad_time"),
        ({"Elapsed": "01:30:01"}, "bad_elapsed"),
        ({"Elapsed": "90"}, "bad_elapsed"),
        ({"AllocTRES": "cpu"}, "bad_tres"),
        ({"AllocTRES": "cpu=-4"}, "bad_tres"),
        ({"AllocTRES": "cpu=4,cpu=5"}, "bad_tres"),
        ({"AllocTRES": "cpu=NaN"}, "bad_tres"),
        ({"JobID": ""}, "missing_name"),
        ({"User": "a|b"}, "wrong_cell_count"),
        ({"State": "SOLVED"}, "unknown_state"),
        ({"Start": "None"}, "bad_time"),
        ({"Elapsed": "INVALID"}, "bad_elapsed"),
        ({"AllocTRES": ""}, "no_allocation"),
        ({"AllocTRES": "billing=8,mem=4G"}, "no_allocation"),
        ({"AllocTRES": "gres/gpu:rtx_a6000=1"}, "unknown_chip"),
        ({"AllocTRES": "gres/gpu:v100=1"}, "unknown_chip"),
        ({"AllocTRES": "gres/gpu:nvidia_a100_80gb_pcie=1"}, "unknown_chip"),
        ({"AllocTRES": "gres/gpu:h100_1g.10gb=1"}, "card_slice"),
        ({"AllocTRES": "gres/gpu:1g.10gb=1"}, "card_slice"),
        ({"AllocTRES": "gres/shard=4"}, "card_slice"),
        ({"AllocTRES": "gres/mps:h100=50"}, "card_slice"),
        ({"AllocTRES": "gres/gpu=1,gres/shard=4"}, "card_slice"),
        ({"AllocTRES": "gres/gpu=3,gres/gpu:h100=1"}, "bad_tres"),
        ({"AllocTRES": "gres/fpga=1"}, "unknown_gres"),
        ({"AllocTRES": "gres/npu=8"}, "unknown_chip"),
    ],
    ids=str,
)
def test_a_bad_job_is_named_by_its_line(changes, code):
    (bad,) = read([JOB_HEADER, job(**changes)], "slurm", zone=ZoneInfo("Asia/Shanghai"))

    assert (bad.line, bad.code) == (2, code)


def test_an_hour_that_the_clock_repeats_is_still_counted_once():
    row = job(Start="2026-10-25T00:30:00", End="2026-10-25T04:30:00", Elapsed="05:00:00")

    (read_row,) = read([JOB_HEADER, row], "slurm", zone=ZoneInfo("Europe/Berlin"))

    assert read_row.quantity == 2 * 5 * 3600


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("00:01", 1), ("01:00:00", 3600), ("2-03:04:05", 183_845), ("05:06.789", 306)],
)
def test_elapsed_is_read_in_each_of_its_forms(text, seconds):
    assert slurm_sacct.parse_elapsed(text) == seconds


def test_tres_amounts_have_binary_suffixes():
    tres = slurm_tres.parse("cpu=1.5K,mem=1.5G,gres/gpu:a100=2")

    assert tres == {"cpu": 1536, "gres/gpu:a100": 2}


def event(**changes):
    data = {
        "meter": "00000000-0000-7000-8000-000000000001",
        "starts_at": "2026-11-20T12:00:00Z",
        "ends_at": "2026-11-20T12:00:10Z",
        "quantity": "10.5",
        "unit": "card-second",
    }
    return json.dumps(
        {"specversion": "1.0", "type": "org.suanpan.reading.v1", "source": "s", "id": "1"}
        | {"subject": str(uuid4()), "data": data | changes}
    )


def test_events_in_lines_become_rows_and_readings():
    lines = [event(), "", "{", event(quantity="NaN"), event(starts_at="12:00")]

    rows = read(lines, "cloudevents")
    readings = list(cloudevents_jsonl.readings(lines_of(lines)))

    assert (rows[0].quantity, rows[0].facts["id"]) == (Decimal("10.5"), "1")
    assert [(row.line, row.code) for row in rows[1:]] == [
        (3, "invalid_event"),
        (4, "invalid_quantity"),
        (5, "invalid_period"),
    ]
    assert readings[0][1].quantity == Decimal("10.5")


@given(st.lists(st.text(max_size=60), max_size=6), st.sampled_from(UsageFormat))
def test_no_text_breaks_a_parser(lines, usage_format):
    headers = {
        UsageFormat.OPENB_PODS: POD_HEADER,
        UsageFormat.AZURE_LLM: "TIMESTAMP,ContextTokens,GeneratedTokens",
        UsageFormat.SLURM: JOB_HEADER,
        UsageFormat.CLOUDEVENTS: "{",
    }
    try:
        rows = read([headers[usage_format], *lines], usage_format)
    except FileRefused:
        return

    for row in rows:
        assert isinstance(row, UsageRow | StepRow | BadRow)


@given(
    st.lists(st.text(alphabet="0123456789-:|,=. TaKM", max_size=12), min_size=11, max_size=11),
    st.sampled_from([UsageFormat.OPENB_PODS, UsageFormat.AZURE_LLM, UsageFormat.SLURM]),
)
def test_no_cells_break_a_parser(cells, usage_format):
    shapes = {
        UsageFormat.OPENB_PODS: (POD_HEADER, ",", 11),
        UsageFormat.AZURE_LLM: ("TIMESTAMP,ContextTokens,GeneratedTokens", ",", 3),
        UsageFormat.SLURM: (JOB_HEADER, "|", 9),
    }
    header, delimiter, width = shapes[usage_format]
    line = delimiter.join(cell.replace(delimiter, "") for cell in cells[:width])

    for row in read([header, line], usage_format):
        assert isinstance(row, UsageRow | StepRow | BadRow)


needs_real_files = pytest.mark.skipif(not REAL.is_dir(), reason="the real traces are not here")


@needs_real_files
@pytest.mark.parametrize("name", ["openb_pod_list_default.csv", "openb_pod_list_gpuspec10.csv"])
def test_the_openb_trace_is_read_whole(name):
    with formats.open_usage(REAL / "openb" / name) as usage:
        rows = list(usage)

    assert len(rows) == 8152
    assert not [row for row in rows if isinstance(row, BadRow)]
    pending = [row for row in rows if row.starts_at is None]
    assert (len(pending), {row.quantity for row in pending}) == (897, {Decimal(0)})
    assert Counter(row.unit for row in rows) == {"card-second": 7064, "vcpu-second": 1088}
    cards = sum(row.quantity for row in rows if row.unit == "card-second")
    assert cards == Decimal("185294426.97")


@needs_real_files
def test_the_azure_trace_is_read_whole():
    with formats.open_usage(REAL / "azure" / "AzureLLMInferenceTrace_code.csv") as usage:
        rows = list(usage)

    assert len(rows) == 8819
    assert sum(row.quantity for row in rows) == 18_059_974 + 245_896
