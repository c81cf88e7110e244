"""Traces of others become orders, charges and records; the same file acts once."""

import json
from datetime import datetime, timedelta
from decimal import Decimal
from io import BytesIO, StringIO

import pytest
from django.core.management import CommandError, call_command
from hypothesis import given
from hypothesis import strategies as st

from common import tenancy
from common.tabular import Lines, open_lines
from marketplace import accounts
from marketplace.importing import formats
from marketplace.importing import usage as importing
from marketplace.importing.contracts import UsageFormat, UsageRow
from marketplace.importing.usage import wishes
from marketplace.orders.models import Order
from marketplace.payments.models import Deposit
from marketplace.settlement.models import TradeRecord
from metering.models import Reading
from tests import cast
from tests.settlement.cast import NOON, Market, is_balanced

HEADER = (
    "name,cpu_milli,memory_mib,num_gpu,gpu_milli,gpu_spec,qos,pod_phase,"
    "creation_time,deletion_time,scheduled_time"
)
PODS = [
    HEADER,
    "whole,12000,16384,1,1000,,LS,Running,0,7200,0",
    "part,6000,12288,1,460,,LS,Succeeded,60,3720,120",
    "pending,6000,12288,1,1000,,LS,Pending,100,90000,",
    "spec,6000,12288,1,1000,V100M16|A100,LS,Running,200,3800,200",
    "other chip,6000,12288,1,1000,T4,LS,Running,300,3900,300",
    "cpu,4000,8192,0,0,,BE,Running,400,4000,400",
    "bad,4000,8192,0,0,,BE,Running,five,4000,400",
]


def trace(
    lines: list[str],
    usage_format: UsageFormat = UsageFormat.OPENB_PODS,
    origin: datetime = NOON,
):
    text = Lines(BytesIO("\n".join(lines).encode()))
    reckoning = formats.Reckoning(origin=origin)
    return list(formats.read(text, usage_format=usage_format, reckoning=reckoning))


def plan(market: Market, **facts: object) -> importing.ImportPlan:
    values = {
        "file": importing.ImportFile("pods.csv"),
        "buyer_id": market.buyer.pk,
        "person_id": cast.somebody().pk,
        "hub": market.listing.book.hub,
        "deposit_minor": 0,
        "now": NOON + timedelta(days=40),
    }
    return importing.ImportPlan(**(values | facts))


def run(market: Market, lines: list[str] = PODS, **facts: object) -> importing.Imported:
    return importing.import_trace(
        trace(lines), plan=plan(market, **facts), progress=importing.silent
    )


def test_pods_become_orders_that_clear_are_charged_and_settle(db):
    market = Market()

    imported = run(market)

    assert [(row.line, row.code) for row in imported.refused] == [(8, "bad_number")]
    assert (imported.orders_placed, imported.orders_cleared) == (5, 4)
    # The T4 finds no listing when it clears; of processors nothing was ever listed.
    assert imported.orders_rejected == {"no_eligible_listing": 2}
    assert (imported.orders_unused, imported.unused_billed_minor) == (1, 0)
    # 2 h + 0.46 of an hour + 1 h of an A100 at ¥12.00.
    assert imported.gross_minor == 2_400 + 552 + 1_200
    assert (imported.contracts_settled, imported.contracts_open) == (4, 0)
    assert market.cash() == ("99958.48", "99958.48")
    assert imported.is_balanced
    assert is_balanced()


def test_a_pod_that_never_ran_has_a_record_of_nothing(db):
    market = Market()
    run(market, [HEADER, PODS[3]])

    with tenancy.acting_as_platform():
        record = TradeRecord.objects.get()
    assert (record.gross_minor, record.quantity, record.assets) == (0, 0, "")
    assert market.cash() == ("100000.00", "100000.00")


def test_the_same_file_acts_once(db):
    market = Market()
    first = run(market, deposit_minor=5_000)

    again = run(market, deposit_minor=5_000)

    assert (first.orders_placed, again.orders_placed, again.orders_known) == (5, 0, 5)
    assert again.gross_minor == first.gross_minor
    assert (again.readings, again.ledger_debits_minor) == (0, first.ledger_debits_minor)
    with tenancy.acting_as_platform():
        assert Order.objects.count() == 5
    assert market.cash() == ("100008.48", "100008.48")


def test_an_import_that_broke_off_is_finished_by_the_next(db):
    market = Market()
    run(market, PODS[:2])

    whole = run(market, PODS)

    assert (whole.orders_known, whole.orders_placed, whole.contracts_settled) == (1, 4, 4)


def test_two_pods_of_one_name_are_one_too_many(db):
    imported = run(Market(), [HEADER, PODS[1], PODS[1]])

    assert [(row.line, row.code) for row in imported.refused] == [(3, "duplicate_name")]


def test_nothing_is_imported_from_the_future(db):
    imported = run(Market(), [HEADER, PODS[1]], now=NOON + timedelta(hours=1))

    assert [row.code for row in imported.refused] == ["in_future"]


def test_a_buyer_without_money_is_rejected_with_the_reason(db):
    imported = run(Market(cash="0"), [HEADER, PODS[1]])

    assert imported.orders_rejected == {"insufficient_funds": 1}
    assert imported.gross_minor == 0


def test_a_slurm_job_is_charged_for_the_time_it_held_its_cards(db):
    market = Market()
    lines = [
        "JobID|AllocTRES|Start|End|Elapsed|State|Submit",
        "7|cpu=8,gres/gpu=2|2026-11-20T12:30:00|2026-11-20T14:30:00|01:30:00|COMPLETED|"
        "2026-11-20T12:00:00",
        "7.batch|cpu=8|2026-11-20T12:30:00|2026-11-20T14:30:00|01:30:00|COMPLETED|",
        "8|cpu=8|Unknown|Unknown|00:00:00|CANCELLED by 0|2026-11-20T12:00:00",
    ]

    imported = importing.import_trace(
        trace(lines, UsageFormat.SLURM), plan=plan(market), progress=importing.silent
    )

    # Two cards for 1.5 hours at ¥12.00; the job that never started is no order.
    assert (imported.gross_minor, imported.never_started) == (3_600, 1)


@given(
    start=st.integers(0, 10**6),
    seconds=st.integers(1, 10**6),
    milli=st.integers(1, 8_000),
    used_percent=st.integers(0, 100),
    window=st.sampled_from([10, 3_600, 86_400]),
)
def test_pieces_lie_in_windows_and_add_up(start, seconds, milli, used_percent, window):
    starts_at = NOON + timedelta(seconds=start)
    quantity = Decimal(milli * seconds * used_percent).scaleb(-5)
    row = UsageRow(
        line=2,
        subject_name="job",
        requested_at=None,
        starts_at=starts_at,
        ends_at=starts_at + timedelta(seconds=seconds),
        quantity=quantity,
        unit="card-second",
        units_milli=milli,
    )
    if seconds // window > 2_000:
        return

    cut = list(wishes.pieces(row, window_seconds=window))

    assert sum(piece.quantity for piece in cut) == quantity
    for piece in cut:
        assert starts_at <= piece.starts_at < piece.ends_at <= row.ends_at
        last = piece.ends_at - timedelta(microseconds=1)
        assert int(piece.starts_at.timestamp()) // window == int(last.timestamp()) // window


# --- The other formats and the command ---------------------------------------------------------


def cloud_event(market: Market, order: Order) -> str:
    """Return the event of one card-hour, as an agent would have sent it."""
    return json.dumps(
        {
            "specversion": "1.0",
            "type": "org.suanpan.reading.v1",
            "source": "urn:agent",
            "id": "1",
            "subject": str(order.pk),
            "data": {
                "meter": str(market.meter.pk),
                "starts_at": "2026-11-20T12:00:00Z",
                "ends_at": "2026-11-20T13:00:00Z",
                "quantity": "3600",
                "unit": "card-second",
            },
        }
    )


def test_tokens_are_counted_on_trial_and_charged_to_nobody(db):
    provider = cast.organization("Model house")
    accounts.install_chart()
    rows = trace(
        [
            "TIMESTAMP,ContextTokens,GeneratedTokens",
            "2026-11-20 12:17:03.9799600,4808,10",
            "2026-11-20 12:17:04.0319600,3180,8",
            "2026-11-20 12:17:05.0000000,1x,8",
        ],
        UsageFormat.AZURE_LLM,
    )
    token_plan = importing.TokenPlan(
        file=importing.ImportFile("azure.csv"),
        provider_id=provider.pk,
        region="640500",
        unit_price=Decimal("0.002"),
        now=NOON + timedelta(days=2),
    )

    first = importing.import_tokens(rows, plan=token_plan, progress=importing.silent)
    again = importing.import_tokens(rows, plan=token_plan, progress=importing.silent)

    assert (first.tokens, first.usage_records, first.rated_minor) == (8_006, 1, 2)
    assert (first.gross_minor, [row.line for row in first.refused]) == (0, [4])
    assert (again.readings, again.readings_known) == (0, 2)


@pytest.fixture
def pods(tmp_path):
    """Pods in the default epoch, in a market where nothing is listed."""
    path = tmp_path / "pods.csv"
    path.write_text("\n".join(PODS[:4]))
    return path


def command(path, *options: str) -> tuple[int, str]:
    out, code = StringIO(), 0
    try:
        call_command("import_usage", str(path), *options, stdout=out, stderr=StringIO())
    except SystemExit as exit_:
        code = int(exit_.code or 0)
    except CommandError as error:
        code = error.returncode
    return code, out.getvalue()


def test_the_command_prints_figures_for_people_and_programs(db, pods):
    code, text = command(pods)
    assert code == 1
    assert "orders rejected: no_eligible_listing" in text

    code, text = command(pods, "--json")
    answer = json.loads(text)
    assert (code, answer["rows"], answer["balanced"]) == (1, 3, True)
    assert answer["orders_rejected"] == {"no_eligible_listing": 3}
    assert answer["peak_memory_mib"] > 0


def test_who_forgot_the_capacity_is_told(db, pods):
    _code, text = command(pods)
    assert "Import capacity first: manage.py import_capacity" in text.splitlines()[-1]
    assert text.splitlines()[-1].endswith("then import this file again.")

    _code, text = command(pods, "--dry-run")
    assert "public numbers may skip" in text
    assert text.splitlines()[-1].endswith("again.")

    _code, text = command(pods, "--json")
    assert json.loads(text)["hint"].startswith("3 of 3 orders were rejected")


def test_capacity_of_another_time_is_told_like_none(db):
    market = Market()
    rows = trace(PODS, origin=NOON - timedelta(days=30))

    imported = importing.import_trace(rows, plan=plan(market), progress=importing.silent)

    assert imported.orders_rejected == {"no_eligible_listing": 2, "outside_availability": 4}
    assert imported.found_no_capacity


def test_orders_that_were_remembered_need_another_name(db, tmp_path):
    market = Market()
    path = tmp_path / "early.csv"
    path.write_text("\n".join(PODS[:3]))

    code, text = command(path, "--region", "640500", "--buyer", market.buyer.uscc)

    assert code == 1
    assert "orders rejected: outside_availability" in text
    assert text.splitlines()[-1].endswith("under another --source.")


def test_what_meets_some_capacity_is_no_hint(db):
    imported = run(Market())

    assert imported.orders_without_capacity == 2
    assert not imported.found_no_capacity


def test_a_bad_row_is_named_and_the_others_come_in(db, pods):
    pods.write_text("\n".join([*PODS[:2], PODS[7]]))

    code, text = command(pods, "--json")

    answer = json.loads(text)
    assert (code, answer["kept"]) == (1, True)
    assert [(row["line"], row["code"]) for row in answer["refused"]] == [(3, "bad_number")]


@pytest.mark.parametrize("option", ["--strict", "--dry-run"])
def test_nothing_stays_of_a_trial_or_of_a_file_that_must_be_whole(db, pods, option):
    pods.write_text("\n".join([*PODS[:2], PODS[7]]))
    before = count_deposits()

    code, text = command(pods, option, "--json")

    assert (code, json.loads(text)["kept"]) == (1, False)
    assert count_deposits() == before


def count_deposits() -> int:
    with tenancy.acting_as_platform():
        return Deposit.objects.count()


@pytest.mark.parametrize(
    ("content", "options"),
    [
        ("some,other,header\n1,2,3\n", ()),
        (HEADER, ("--buyer", "91640500MA0000009X")),
        (HEADER, ("--deposit", "1e9")),
        (HEADER, ("--epoch", "yesterday")),
        ("", ()),
    ],
)
def test_what_cannot_be_read_is_exit_code_two(db, tmp_path, content, options):
    path = tmp_path / "file.csv"
    path.write_text(content)

    assert command(path, *options)[0] == 2


def test_what_cannot_be_read_is_told_in_plain_words(db, tmp_path):
    binary = tmp_path / "nodes.xlsx"
    binary.write_bytes(b"PK\x03\x04\xff\xfe")
    for path, options, told in [
        (binary, (), "This is no text file but an Excel workbook or a ZIP archive"),
        (tmp_path / "none.csv", (), "none.csv cannot be read: No such file or directory"),
        (tmp_path, (), "cannot be read: Is a directory"),
    ]:
        with pytest.raises(CommandError, match=told) as refused:
            call_command("import_usage", str(path), *options)
        assert refused.value.returncode == 2


def test_events_of_a_file_reach_their_own_meters_alone(db, tmp_path):
    market = Market()
    order = market.order(cards=2)
    stranger = cast.organization("Stranger")
    path = tmp_path / "events.jsonl"
    path.write_text("\n".join([cloud_event(market, order), "{no json", cloud_event(market, order)]))
    file = importing.ImportFile("events.jsonl")
    with open_lines(path) as lines:
        imported = importing.import_events(
            lines,
            file=file,
            provider_id=None,
            received_at=NOON + timedelta(days=1),
            progress=importing.silent,
        )
    with open_lines(path) as lines:
        foreign = importing.import_events(
            lines,
            file=file,
            provider_id=stranger.pk,
            received_at=NOON + timedelta(days=1),
            progress=importing.silent,
        )

    assert (imported.rows, imported.readings, imported.readings_known) == (3, 1, 1)
    assert [row.line for row in imported.refused] == [2]
    assert [row.code for row in foreign.refused if row.line != 2] == ["unknown_meter"] * 2
    with tenancy.acting_as_platform():
        assert Reading.objects.count() == 1
    market.settle()
    assert [charge.gross_minor for charge in market.charges(order)] == [1_200]
