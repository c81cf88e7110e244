"""Exporters, Slurm, files and hooks: what they show becomes readings, whatever they show."""

import json
import sys
from decimal import Decimal
from uuid import uuid4

import pytest
from suanpan_agent import config as configs
from suanpan_agent import sources
from suanpan_agent.errors import ConfigError, SourceError
from suanpan_agent.moments import SECOND
from suanpan_agent.readings import MeterFacts

METER = "01a1fb33-b3a1-7c6e-9f57-8f1f0f6ce1aa"
ORDER = "01a1fb33-b3a1-7c6e-9f57-8f1f0f6ce1ab"
NOON = 1_795_003_200 * SECOND  # a full hour


def source(text: str):
    told = f'[market]\nurl = "http://127.0.0.1"\napi_key = "k"\n[[source]]\n{text}'
    (one,) = configs.load(None, {"SUANPAN_AGENT_TOML": told}).source
    return sources.made(one)


def toml(value) -> str:
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{name} = {toml(each)}" for name, each in value.items()) + " }"
    return json.dumps(value)


class Follower:
    """Looks at a source again and again, as an agent does, and keeps what it is given."""

    def __init__(self, followed, window=3600):
        self.source, self.places, self.seen = followed, {}, set()
        self.meters = {METER: MeterFacts(METER, "main", "card-second", window)}
        self.readings, self.odd, self.refused = [], [], []

    def look(self, seconds=0):
        now = NOON + seconds * SECOND
        taken = self.source.look(sources.Known(self.places, self.seen, self.meters, now))
        for name, value in taken.places.items():
            self.places.pop(name, None)
            if value is not None:
                self.places[name] = value
        self.seen |= set(taken.seen)
        self.readings += taken.readings
        self.refused += taken.refused
        self.odd += [name for name, count in taken.odd.items() if count]
        return taken

    @property
    def total(self):
        return sum(Decimal(each.quantity) for each in self.readings)


def prometheus(exporter, counts, metric, **more):
    lines = [f"{name} = {toml(value)}" for name, value in more.items()]
    return Follower(
        source(
            f'kind = "prometheus"\nname = "dcgm"\nurl = "{exporter.url}"\n[[source.series]]\n'
            f'meter = "{METER}"\nmetric = "{metric}"\ncounts = "{counts}"\n' + "\n".join(lines)
        )
    )


def test_counters_restart_vanish_and_show_nothing_and_the_sum_is_exact(exporter):
    follower = prometheus(exporter, "counter", "busy_seconds_total")
    shown = ["0.1", "60.3", "NaN", None, "120.7", "5", "+Inf", "9.25"]
    for n, value in enumerate(shown):
        exporter.text = "# TYPE busy_seconds_total counter\n"
        if value is not None:
            exporter.text += f'busy_seconds_total{{gpu="0",GPU_I_ID="1"}} {value}\n'
        follower.look(n * 60)

    assert follower.total == Decimal("120.7") - Decimal("0.1") + Decimal("9.25")
    assert {"reset", "not_a_number"} <= set(follower.odd)
    assert len({each.source for each in follower.readings}) == 1


def test_mig_instances_are_series_of_their_own_and_labels_choose(exporter):
    follower = prometheus(
        exporter, "present", "DCGM_FI_DEV_GPU_UTIL", labels={"pod": "~.+"}, order_label="order"
    )
    text = (
        f'DCGM_FI_DEV_GPU_UTIL{{gpu="0",GPU_I_ID="1",pod="a",order="{ORDER}"}} 0\n'
        f'DCGM_FI_DEV_GPU_UTIL{{gpu="0",GPU_I_ID="2",pod="b",order="no order"}} 91\n'
        'DCGM_FI_DEV_GPU_UTIL{gpu="1",pod=""} 3\n'
    )
    exporter.text = text
    first = follower.look(0)
    follower.look(60)
    assert json.loads(first.facts["unmapped"]) == {"DCGM_FI_DEV_GPU_UTIL": 1}
    exporter.text = text.splitlines()[0] + "\n"  # The pod b has ended.
    follower.look(120)
    exporter.text = text
    follower.look(180)

    assert follower.total == 60 + 60 + 60 + 60  # a for three minutes, b for one
    assert {each.subject for each in follower.readings} == {ORDER, None}
    assert {"gone", "without_order"} <= set(follower.odd)


def test_a_reading_is_cut_at_the_hour_and_named_the_same_when_read_again(exporter):
    follower = prometheus(exporter, "gauge", "cards", order=ORDER)
    exporter.text = "cards 8\n"
    follower.look(-90)
    before = dict(follower.places)

    first = follower.look(90).readings
    again = follower.source.look(
        sources.Known(before, set(), follower.meters, NOON + 90 * SECOND)
    ).readings

    assert [each.quantity for each in first] == ["720", "720"]
    assert [each.ends_at for each in first] == [NOON, NOON + 90 * SECOND]
    assert first == again


def test_an_exporter_that_says_when_it_looked_is_believed_and_looked_at_once(exporter):
    follower = prometheus(exporter, "gauge", "cards")
    for at, value, said in ((0, 8, -10), (15, 8, -10), (30, 2, 10.5), (45, 0, 40.5)):
        exporter.text = f"cards {value} {round((NOON // SECOND + said) * 1000)}\n"
        follower.look(at)

    assert follower.total == 8 * Decimal("20.5") + 2 * 30
    assert set(follower.odd) == {"without_order"}
    assert max(each.ends_at for each in follower.readings) == NOON + 40_500_000


@pytest.mark.parametrize("text", ["no { metric", 'x{a="1} 2\n', "\x00"])
def test_what_is_no_exposition_is_said_and_nothing_is_taken(exporter, text):
    follower = prometheus(exporter, "counter", "x")
    exporter.text = text

    with pytest.raises(SourceError):
        follower.look()
    assert follower.places == {}


def slurm(tmp_path, text, form="text", **more):
    """Return a source whose `sacct` is a script that prints a file."""
    told = tmp_path / "sacct.out"
    told.write_text(text)
    script = tmp_path / "sacct"
    script.write_text(f'#!/bin/sh\necho "$@" > {tmp_path}/asked\ncat {told}\n')
    script.chmod(0o755)
    lines = [f"{name} = {toml(value)}" for name, value in more.items()]
    follower = Follower(
        source(
            f'kind = "slurm"\nname = "hpc"\nmeter = "{METER}"\nform = "{form}"\n'
            f'command = ["{script}"]\nsince = "0"\norder_label = "comment"\n' + "\n".join(lines)
        )
    )
    return follower, told


def line(number, start, end, tres, *, elapsed=None, comment="", partition="gpu", state="COMPLETED"):
    elapsed = end - start if elapsed is None else elapsed
    cells = (number, "c1", partition, "acc", "u", "normal", state, start, end, elapsed, tres)
    return "|".join(map(str, (*cells, comment))) + "\n"


HOUR = NOON // SECOND


def test_jobs_that_ended_count_once_also_when_they_are_told_again(tmp_path):
    text = (
        line(1, HOUR - 1800, HOUR + 1800, "billing=8,cpu=64,gres/gpu=8,mem=1T", comment=ORDER)
        + line(2, HOUR, "Unknown", "gres/gpu=1", elapsed=60, state="RUNNING")
        + line(3, "None", "None", "", elapsed=0, state="PENDING")
        + line(4, HOUR, HOUR + 100, "cpu=2", comment="a | b")
        + line(5, HOUR, HOUR + 100, "gres/gpu=2", elapsed=40)
    )
    follower, told = slurm(tmp_path, text)
    follower.look(7200)
    told.write_text(text + line(6, HOUR, HOUR + 10, "gres/gpu=1"))
    follower.look(7260)

    assert follower.total == 8 * 3600 + 2 * 40 + 10
    of_order = [each for each in follower.readings if each.subject == ORDER]
    assert [each.quantity for each in of_order] == ["14400", "14400"]
    assert "--starttime 2026-" in (tmp_path / "asked").read_text()


def test_json_says_the_same_as_text(tmp_path):
    def number(value):
        return {"set": True, "infinite": False, "number": value}

    jobs = [
        {
            "job_id": 1,
            "cluster": "c1",
            "partition": "gpu",
            "account": "acc",
            "state": {"current": ["COMPLETED"]},
            "time": {"start": HOUR - 1800, "end": number(HOUR + 1800), "elapsed": 3600},
            "tres": {"allocated": [{"type": "gres", "name": "gpu", "count": 8}]},
            "comment": {"job": ORDER},
        },
        {"job_id": 2, "time": {"start": HOUR, "end": 0, "elapsed": 5}, "state": ["RUNNING"]},
    ]
    of_json, _told = slurm(tmp_path, json.dumps({"jobs": jobs}), form="json")
    of_json.look(7200)
    of_text, _told = slurm(tmp_path, line(1, HOUR - 1800, HOUR + 1800, "gres/gpu=8", comment=ORDER))
    of_text.look(7200)

    assert of_json.readings == of_text.readings


def test_a_partition_is_chosen_and_what_is_not_understood_stops_the_look(tmp_path):
    follower, told = slurm(
        tmp_path,
        line(1, HOUR, HOUR + 60, "gres/gpu=1")
        + line(2, HOUR, HOUR + 60, "gres/gpu=1", partition="x"),
        match={"partition": "x"},
    )
    follower.look(600)
    assert follower.total == 60

    told.write_text("JobID  State\n")
    with pytest.raises(SourceError, match="not understood"):
        follower.look(660)


def test_a_hook_is_given_what_it_returned(tmp_path, monkeypatch):
    module = f"hook_{uuid4().hex}"
    (tmp_path / f"{module}.py").write_text(
        "def read(since):\n"
        "    n = int(since or 0)\n"
        f"    row = {{'id': str(n), 'meter': '{METER}', 'quantity': '1.5',\n"
        "           'starts_at': '2026-11-18T12:00:00+08:00', 'ends_at': 1795000000}\n"
        "    return [row, {'meter': 'x'}], str(n + 1)\n"
    )
    monkeypatch.setattr(sys, "path", list(sys.path))
    follower = Follower(
        source(f'kind = "hook"\nname = "own"\nfunction = "{module}:read"\npath = "{tmp_path}"')
    )
    follower.look()
    follower.look()

    assert follower.total == 3
    assert follower.places == {"since": "2"}
    assert [each.code for each in follower.refused] == ["bad_row"] * 2


def test_a_csv_file_is_followed_and_each_bad_line_is_kept(tmp_path):
    path = tmp_path / "usage.csv"
    head = "meter,starts_at,ends_at,quantity\n"
    good = f"{METER},2026-11-18T12:00:00Z,2026-11-18T12:01:00Z,60\n"
    bad = [
        f"{METER},2026-11-18T12:00:00,2026-11-18T12:01:00Z,60\n",  # no zone
        f"{METER},2026-11-18T12:00:00Z,2026-11-18T12:00:00Z,60\n",
        f"{METER},2026-11-18T12:00:00Z,2026-11-18T12:01:00Z,6e1\n",
        f"{uuid4()},2026-11-18T12:00:00Z,2026-11-18T12:01:00Z,60\n",
        "one cell\n",
        '"open\n',
    ]
    path.write_text("\ufeff" + head + good + "".join(bad) + good[:-1])
    follower = Follower(source(f'kind = "file"\nname = "u"\npath = "{path}"\nform = "csv"'))

    follower.look()
    with path.open("a") as file:
        file.write("\n")
    follower.look()

    assert len(follower.refused) == len(bad)
    # The same line twice says the same: it has one name, and the market counts it once.
    assert [each.id for each in follower.readings] == [follower.readings[0].id] * 2


def test_a_meter_that_is_not_ours_stops_a_look_and_loses_nothing(exporter):
    follower = prometheus(exporter, "gauge", "cards")
    follower.meters = {}
    exporter.text = "cards 8\n"

    with pytest.raises(SourceError, match="this agent signs for"):
        follower.look()


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('kind = "prometheus"\nname = "a"', "required field"),
        ('kind = "other"\nname = "a"', "Invalid value 'other'"),
        ('kind = "file"\nname = "a"\npath = "x"\nfrom = 1', "unknown field `from`"),
        (f'kind = "slurm"\nname = "a b"\nmeter = "{METER}"', "matching regex"),
        ("kind =", "no TOML"),
    ],
)
def test_what_is_wrong_in_the_configuration_is_named(text, told):
    with pytest.raises(ConfigError, match=told):
        source(text)
