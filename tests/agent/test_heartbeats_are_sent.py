"""The agent tells what resources are like, by figures of its site, and how long paths are."""

import json
import socket
import sys

import pytest
from django.test import Client
from suanpan_agent import beating, config

from common import tenancy
from gateway.sensing.models import PathSample, SourceState
from tests.agent.conftest import Exporter


def agent_file(installed, text):
    installed.configure(text)
    return config.load(installed.config)


def test_an_agent_beats_and_the_market_answers_it(installed):
    resource = installed.meter.resource
    exporter = Exporter()
    exporter.text = 'cards{gpu="0",pod="a"} 1\ncards{gpu="1",pod=""} 1\ncards{gpu="2",pod=""} 1\n'
    listener = socket.create_server(("127.0.0.1", 0))
    installed.configure(
        f'[[resource]]\nresource = "{resource.identifier}"\nexporter = "{exporter.url}"\n'
        'metric = "cards"\nbusy = { pod = "~.+" }\n'
        '[[path]]\nfrom_hub = "CKG"\nto_hub = "GAN"\nhost = "127.0.0.1"\n'
        f"port = {listener.getsockname()[1]}\n"
    )
    checked = installed.command("check")
    assert "total_milli 3000, free_milli 2000" in checked.stdout

    assert installed.command("once").returncode == 0

    with tenancy.acting_as(installed.provider.pk):
        told = SourceState.objects.get()
        assert (told.total_milli, told.free_milli, told.health) == (3_000, 2_000, "OK")
        assert PathSample.objects.get().hub_b == "GAN"
    found = Client().get(f"/api/v1/identifiers/{resource.identifier}").json()
    assert (found["state"]["told_by"], found["state"]["is_stale"]) == ("AGENT", False)
    listener.close()


def test_a_market_that_says_no_is_left_alone_longer_each_time(installed):
    other = agent_file(installed, '[[resource]]\nresource = "SP1-NONE"\n')
    from suanpan_agent.market import Market

    heart = beating.Heart(other, Market(other), None)
    assert not heart.beat()
    assert heart.pause.left() > 0


@pytest.mark.parametrize(
    ("said", "health", "free"),
    [
        ('{"free_milli": 5, "total_milli": 8, "health": "DEGRADED"}', "DEGRADED", 5),
        ('{"free_milli": 5}', "OK", 5),
        ('{"free_milli": 1.5}', "DEGRADED", None),
        ('{"health": "FINE"}', "DEGRADED", None),
        ("no json", "DEGRADED", None),
        ("[]", "DEGRADED", None),
    ],
)
def test_what_a_command_or_a_file_says_is_read_strictly(tmp_path, said, health, free):
    file = tmp_path / "state.json"
    file.write_text(said)
    by_file = config.ResourceConfig(resource="x", file=str(file))
    command = [sys.executable, "-c", f"print({json.dumps(said)!s})"]
    for given in (by_file, config.ResourceConfig(resource="x", command=command)):
        told = beating.seen(given)
        assert (told["health"], told.get("free_milli")) == (health, free)


def test_what_cannot_be_looked_at_is_degraded_without_figures():
    for given in (
        config.ResourceConfig(resource="x", total_milli=8, file="/nonexistent"),
        config.ResourceConfig(resource="x", total_milli=8, command=["/nonexistent"]),
        config.ResourceConfig(
            resource="x", exporter="http://127.0.0.1:9/", metric="m", busy={"a": "b"}
        ),
    ):
        assert beating.seen(given) == {"resource": "x", "health": "DEGRADED"}
