"""Why a row is not taken is said in the language of whoever uploads the file, in every format."""

import io
import json
import re
from collections.abc import Iterator
from types import SimpleNamespace
from uuid import UUID

import pytest
from django.utils import translation

from common import tabular
from identity.contracts import ResourceForm
from marketplace.importing.capacity import files, price_lists
from marketplace.importing.contracts import BadRow, OneEventALine, PriceListRefused
from marketplace.importing.formats import cloudevents_jsonl, openb_pods, slurm_sacct
from marketplace.importing.formats.lines import Reckoning
from marketplace.importing.usage import job_tables
from marketplace.payments.contracts import StatementRefused
from marketplace.payments.statements import read_statement

HAN = re.compile(r"[\u4e00-\u9fff]")
DEFAULTS = files.Defaults(region="640500", form=ResourceForm.BARE_METAL)
OWN = (
    "name,region,class,form,unit,quantity,chip,memory_gb,industry,serial,pue,price_unit,unit_price"
)
OWN_ROWS = (
    *("x,６４０５００,AI,BARE_METAL,card,8,H100,,,,,,", "x,,AI,BARE_METAL,card,-2,H100,,,,,,"),
    *("x,,AI,BARE_METAL,card,many,H100,,,,,,", "x,,AI,BARE_METAL,card,0,H100,,,,,,"),
    *("x,,AI,BARE_METAL,card,8,,,,,,,", ",,AI,BARE_METAL,card,8,H100,,,,,,"),
    *("x,,KI,BARE_METAL,card,8,H100,,,,,,", "x,,AI,BARE_METAL,card,8,H100,,64,,,,"),
    *("x,,AI,BARE_METAL,card,8,H100,,,a-b,,,", "x,,AI,BARE_METAL,card,8,H100,,,,0.5,,"),
    *("x,,AI,BARE_METAL,card,8,H100,,,,,unit_hour,", "x\u202e,,AI,BARE_METAL,card,8,H100,,,,,,"),
    *(f"{'x' * 121},,AI,BARE_METAL,card,8,H100,,,,,,", "x,,AI", 'x"y,,AI,BARE_METAL,card,8,,,,,,,'),
    *('"x,,AI,BARE_METAL,card,8,H100,,,,,,', "x\x07,,AI,BARE_METAL,card,8,H100,,,,,,"),
)
NODES = "sn,cpu_milli,memory_mib,gpu,model\nnode,8,8,0,\nn-1,8,8,2,\nn-2,8,8,0,\n"
JOBS = "JobID|Start|End|Elapsed|State|AllocTRES\n"
JOB_ROWS = (
    *("|S|E|01:00:00|COMPLETED|gpu=1", "1|S|E|01:00:00|RUNNING|", "1|S|E|01:00:00|LOST|"),
    *("1|Unknown|E|01:00:00|COMPLETED|", "1|S|E|09:00:00|COMPLETED|cpu=1"),
    *("1|E|S|01:00:00|COMPLETED|cpu=1", "1|S|E|one|COMPLETED|cpu=1", "1|soon|E|1|COMPLETED|cpu=1"),
    *("1|S|E|01:00:00|COMPLETED|mem=1", "1|S|E|01:00:00|COMPLETED|gres/gpu:h100=x"),
    *("1|S|E|01:00:00|COMPLETED|gres/wheel=1", "1|S|E|01:00:00|COMPLETED|gres/shard=1"),
    *(
        "1|S|E|01:00:00|COMPLETED|gres/gpu:x9=1",
        "1|S|E|01:00:00|COMPLETED|gres/gpu=3,gres/gpu:t4=1",
    ),
    "2.0|S|E|01:00:00|COMPLETED|cpu=1",
)
PODS = ",".join(openb_pods.COLUMNS)
METER = SimpleNamespace(id=UUID(int=1), unit="card-second", window_seconds=3600)


def lines(text: str) -> tabular.Lines:
    return tabular.Lines(io.BytesIO(text.encode()))


def of_jobs() -> Iterator[str]:
    day = {"S": "2026-11-16T01:00:00", "E": "2026-11-16T02:00:00"}
    text = JOBS + "\n".join(
        "|".join(day.get(cell, cell) for cell in row.split("|")) for row in JOB_ROWS
    )
    for row in slurm_sacct.rows(tabular.Table(lines(text), slurm_sacct.LAYOUT), Reckoning()):
        assert isinstance(row, BadRow), row
        yield row.detail
    helios = "job_id,user,gpu_num,cpu_num,node_num,state,submit_time,start_time,end_time\n"
    said = [
        *(f"{helios},u,1,1,1,C,,2026-11-16 01:00:00,2026-11-16 02:00:00",),
        *(f"{helios}1,u,many,1,1,C,,2026-11-16 01:00:00,2026-11-16 02:00:00",),
        *(f"{helios}1,u,1,1,1,C,,soon,2026-11-16 02:00:00",),
        *(f"{helios}1,u,1,1,1,C,,2026-11-16 02:00:00,2026-11-16 01:00:00",),
        *(json.dumps({"jobs": [each]}) for each in ({}, ended(0), ended(9, "cpu"), ended(9))),
    ]
    for each in said:
        for _line, row in job_tables.readings(each.encode(), METER, provider_id=UUID(int=2)):
            assert isinstance(row, BadRow), row
            yield row.detail


def ended(end: int, kind: str = "") -> dict[str, object]:
    held = [{"type": kind, "count": 1}] if kind else []
    time = {"start": 5, "end": end, "elapsed": 4}
    return {
        "job_id": 1,
        "time": time,
        "tres": {"allocated": held or [{"type": "gres", "count": 0}]},
    }


def of_pods() -> Iterator[str]:
    good = dict.fromkeys(openb_pods.COLUMNS, "1") | {"gpu_spec": ""}
    for wrong in (
        {"name": ""},
        {"gpu_milli": "1001"},
        {"num_gpu": "0"},
        {"cpu_milli": "x"},
        {"gpu_spec": "X9"},
        {"deletion_time": "0"},
        {"deletion_time": "9" * 15, "scheduled_time": "9" * 14},
    ):
        row = ",".join({**good, **wrong}[name] for name in openb_pods.COLUMNS)
        table = tabular.Table(lines(f"{PODS}\n{row}\n"), openb_pods.LAYOUT)
        for each in openb_pods.rows(table, Reckoning()):
            assert isinstance(each, BadRow), each
            yield each.detail


def of_events() -> Iterator[str]:
    for text in ("nothing", "[7", "[{}, 8]", '{"specversion": "1.0"}'):
        for _line, row in cloudevents_jsonl.readings(lines(text)):
            assert isinstance(row, BadRow), row
            yield row.detail
    yield str(OneEventALine(problem=cloudevents_jsonl.ONE_A_LINE))


def of_statements() -> Iterator[str]:
    for text in (
        *("date,amount\n", "date,amount\n2026-11-16,0\n", "date,amount\n2026-11-16,x\n"),
        *("date,amount,currency\n2026-11-16,1,USD\n", "date,amount\n2026-11-16\n"),
        *("date,amount,account\n2026-11-16,1,a\n2026-11-16,1,b\n", "<a><b/></a>", "when,what\n"),
        "<Stmt><Ntry><Amt Ccy='USD'>1</Amt></Ntry></Stmt>",
        "date,amount\nsoon,1\n",
    ):
        with pytest.raises(StatementRefused) as refused:
            read_statement(text.encode())
        yield str(refused.value.facts["problem"])


def of_capacity() -> Iterator[str]:
    for text in (f"{OWN}\n" + "\n".join(OWN_ROWS), NODES):
        found = files.read(lines(text), defaults=DEFAULTS)
        assert not found.rows
        yield from (row.detail for row in found.bad)
    entry = {"for": "T4", "unit": "day", "unit_price": "1"}
    for prices in ({}, {"prices": [1]}, {"prices": [entry]}):
        with pytest.raises(PriceListRefused) as refused:
            price_lists.parse(json.dumps(prices))
        yield str(refused.value.facts["problem"])


@pytest.mark.parametrize("of", [of_capacity, of_jobs, of_pods, of_events, of_statements])
def test_each_reason_is_a_sentence_of_the_readers_language(of):
    with translation.override("zh-hans"):
        chinese = list(of())
    with translation.override("en"):
        english = list(of())

    assert chinese
    assert [each for each in chinese if not HAN.search(each)] == []
    assert [each for each in english if HAN.search(each)] == []
