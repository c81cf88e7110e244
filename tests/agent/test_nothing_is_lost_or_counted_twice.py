"""The agent as a process, against a market over HTTP: killed, cut off, full, and still exact."""

import subprocess
import time
from contextlib import closing
from datetime import timedelta
from decimal import Decimal
from uuid import uuid4

import pytest
from django.utils import timezone
from suanpan_agent import config as configs
from suanpan_agent.market import Market
from suanpan_agent.running import Agent, status
from suanpan_agent.spool import Spool

from common import tenancy
from identity import public_keys
from metering import services as metering
from metering.models import Reading

pytestmark = pytest.mark.services


def until(is_so, *, seconds=30):
    end = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < end, "it did not come to that"
        time.sleep(0.02)


def test_what_a_file_says_arrives_once_in_one_chain(installed):
    path = installed.follow_file("batch_readings_max = 10")
    path.write_text("".join(installed.row(n) for n in range(25)))

    first = installed.command("once")
    again = installed.command("once")

    assert (first.returncode, again.returncode) == (0, 0), first.stderr
    assert installed.taken() == (25, Decimal(25 * 480))
    assert (installed.chain().number, installed.chain().arrived) == (3, 3)
    assert (installed.faults(), installed.status()["trouble"]) == ([], {})


def test_a_file_is_followed_through_half_lines_rotation_and_bad_rows(installed):
    path = installed.follow_file()
    path.write_text(installed.row(0) + "no row\n" + installed.row(1)[:40])
    assert installed.command("once").returncode == 0
    assert installed.taken()[0] == 1

    path.write_text(installed.row(0) + "no row\n" + installed.row(1))
    path.rename(path.with_name("usage.jsonl.1"))
    path.write_text(installed.row(2) + installed.row(2))
    assert installed.command("once").returncode == 0

    assert installed.taken() == (3, Decimal(3 * 480))
    assert installed.status()["refused"] == {"bad_row": 1}
    assert "no row" in installed.command("refused").stdout


def test_while_the_market_is_away_readings_wait_on_disk(installed, site):
    path = installed.follow_file()
    assert installed.command("once").returncode == 0
    site.go_away()
    try:
        path.write_text("".join(installed.row(n) for n in range(40)))
        away = installed.command("once")
        state = installed.status()
    finally:
        site.come_back()

    assert (away.returncode, state["waiting"], state["trouble"]) == (1, 40, {"sending": "away"})
    assert installed.command("once").returncode == 0
    assert installed.taken() == (40, Decimal(40 * 480))
    assert installed.status()["waiting"] == 0


def test_a_full_spool_stops_reading_says_so_and_loses_nothing(installed, site):
    path = installed.follow_file()
    config = configs.load(installed.config)
    path.write_text("".join(installed.row(n % 1300, id=f"r{n}") for n in range(3_000)))
    spool, market = Spool(config.state, bytes_max=500_000), Market(config)
    agent = Agent(config, spool, market)
    agent.learn()
    site.go_away()
    try:
        assert not agent.round()
        full = status(spool, None)
    finally:
        site.come_back()

    assert full["trouble"]["usage"] == "spool_full"
    assert 500 <= full["waiting"] < 3_000
    with closing(spool), closing(market):
        for _round in range(6):
            agent.round()
        assert status(spool, None)["trouble"] == {}
    assert installed.taken() == (3_000, Decimal(3_000 * 480))
    assert installed.faults() == []


def test_a_disk_that_takes_nothing_more_loses_nothing(installed):
    path = installed.follow_file()
    assert installed.command("once").returncode == 0
    path.write_text("".join(installed.row(n) for n in range(500)))
    limited = subprocess.run(
        ["sh", "-c", 'ulimit -f 200; exec "$0" "$@"', *installed.arguments("once")],
        env=installed.environment,
        capture_output=True,
        text=True,
        check=False,
    )

    assert limited.returncode == 1
    assert "disk" in limited.stderr
    assert installed.command("once").returncode == 0
    assert installed.taken() == (500, Decimal(500 * 480))


def test_killed_at_any_moment_it_goes_on_where_it_was(installed):
    path = installed.follow_file("batch_readings_max = 20")
    path.write_text("".join(installed.row(n) for n in range(300)))
    for pause in (0.5, 0.7):
        process = installed.started()
        time.sleep(pause)
        process.kill()
        process.wait()

    assert installed.command("once").returncode == 0

    assert installed.taken() == (300, Decimal(300 * 480))
    chain = installed.chain()
    assert (chain.number, chain.arrived, installed.faults()) == (15, 15, [])


def test_a_disk_that_was_put_back_is_named_and_goes_on(installed):
    path = installed.follow_file()
    path.write_text(installed.row(0))
    assert installed.command("once").returncode == 0
    state = installed.directory / "state"
    kept = (state / "spool.sqlite3").read_bytes()
    with path.open("a") as file:
        file.write(installed.row(1))
    assert installed.command("once").returncode == 0

    for name in ("spool.sqlite3-wal", "spool.sqlite3-shm"):
        (state / name).unlink(missing_ok=True)
    (state / "spool.sqlite3").write_bytes(kept)
    with path.open("a") as file:
        file.write(installed.row(2))
    installed.command("once")
    assert installed.command("once").returncode == 0

    assert installed.taken() == (3, Decimal(3 * 480))
    assert installed.faults() == ["CONFLICT"]
    assert installed.chain().number == installed.chain().arrived == 3


def test_two_agents_never_share_a_state(installed):
    installed.follow_file()
    process = installed.started()
    try:
        until((installed.directory / "state" / "spool.sqlite3").exists)
        second = installed.command("once")
    finally:
        process.terminate()

    assert (second.returncode, process.wait(10)) == (2, 0)
    assert "another agent is at work here" in second.stderr


def test_a_new_key_is_used_when_the_market_knows_it(installed):
    path = installed.follow_file()
    path.write_text(installed.row(0))
    assert installed.command("once").returncode == 0
    printed = installed.command("key", "rotate").stdout
    with path.open("a") as file:
        file.write(installed.row(1))
    assert installed.command("once").returncode == 0  # still with the former key
    with tenancy.acting_as(installed.provider.pk):
        metering.rotate_agent(
            provider_id=installed.provider.pk,
            agent_id=installed.agent.pk,
            public_key=public_keys.read(printed[printed.index("-----BEGIN") :]),
            now=timezone.now(),
        )
    with path.open("a") as file:
        file.write(installed.row(2))

    assert installed.command("once").returncode == 0

    assert installed.taken()[0] == 3
    assert printed.split()[2] in installed.command("key", "show").stdout
    assert (installed.chain().number, installed.faults()) == (3, [])


@pytest.mark.slow
def test_killed_a_hundred_times_while_the_market_comes_and_goes(installed, site):
    path = installed.follow_file("batch_readings_max = 7")
    wanted = 0
    for turn in range(100):
        with path.open("a") as file:
            file.write("".join(installed.row(n, id=f"{turn}-{n}") for n in range(9)))
        wanted += 9
        if turn % 10 == 4:
            site.go_away()
        if turn % 10 == 7:
            site.come_back()
        process = installed.started()
        time.sleep(0.2 + (turn * 37 % 90) / 100)
        process.kill()
        process.wait()

    assert installed.command("once").returncode == 0
    assert installed.taken()[0] == wanted
    chain = installed.chain()
    assert (chain.number == chain.arrived, installed.faults()) == (True, [])


DCGM = """\
# HELP DCGM_FI_DEV_GPU_UTIL GPU utilization (in %).
# TYPE DCGM_FI_DEV_GPU_UTIL gauge
DCGM_FI_DEV_GPU_UTIL{gpu="0",UUID="GPU-1",GPU_I_ID="7",Hostname="node-7",pod="a",order="ORDER"} 91
DCGM_FI_DEV_GPU_UTIL{gpu="0",UUID="GPU-1",GPU_I_ID="8",Hostname="node-7",pod="a",order="ORDER"} NaN
DCGM_FI_DEV_GPU_UTIL{gpu="1",UUID="GPU-2",Hostname="node-7",pod="",order=""} 0
"""


def test_cards_of_an_exporter_reach_the_market_for_exactly_as_long_as_they_were_there(
    installed, exporter
):
    order = "01a1fb33-b360-7470-8f9c-2aa109a6c0a7"
    installed.configure(
        f'[[source]]\nkind = "prometheus"\nname = "dcgm"\nurl = "{exporter.url}"\n'
        f'[[source.series]]\nmeter = "{installed.meter.pk}"\nmetric = "DCGM_FI_DEV_GPU_UTIL"\n'
        'counts = "present"\nlabels = { pod = "~.+" }\norder_label = "order"\n'
    )
    exporter.text = DCGM.replace("ORDER", order)
    for _look in range(3):
        assert installed.command("once").returncode == 0

    with tenancy.acting_as_platform():
        readings = list(Reading.objects.filter(meter_id=installed.meter.pk).order_by("starts_at"))
    spans = [(each.source, each.starts_at, each.ends_at) for each in readings]
    assert len({source for source, _start, _end in spans}) == 2  # a MIG instance is a card
    assert {str(each.subject) for each in readings} == {order}
    microseconds = sum((end - start) // timedelta(microseconds=1) for _source, start, end in spans)
    assert sum(each.quantity for each in readings) == Decimal(microseconds).scaleb(-6)


def test_a_check_says_what_stands_in_the_way(installed):
    path = installed.follow_file()
    path.write_text(installed.row(0))
    well = installed.command("check")
    installed.configure(
        f'[[source]]\nkind = "slurm"\nname = "hpc"\nmeter = "{uuid4()}"\ncommand = ["false"]\n'
    )
    installed.config.parent.joinpath("state", "key.pem").chmod(0o644)
    unwell = installed.command("check")

    assert (well.returncode, well.stdout.count("ok  ")) == (0, 5), well.stdout
    assert unwell.returncode == 1
    assert "others can read it" in unwell.stdout
    assert "FAIL source hpc: false ended with 1" in unwell.stdout
