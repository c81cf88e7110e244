"""Where no web runs beside them, worker and beat are scraped at a port of their own."""

import socket
import urllib.error
import urllib.request

import pytest
from prometheus_client.parser import text_string_to_metric_families

from config.watch import figures, listening

TOKEN = "t" * 32


@pytest.fixture
def address(settings):
    settings.SUANPAN_METRICS_LISTEN = "127.0.0.1:0"
    server = listening.listen()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()


def ask(address: str, path: str = "/metrics", **headers: str):
    request = urllib.request.Request(address + path, headers=headers)  # noqa: S310 - our own
    return urllib.request.urlopen(request, timeout=10)  # noqa: S310 - our own


def test_the_figures_of_tasks_are_told(address):
    with figures.task("tests.listened") as run:
        run.outcome = "done"

    with ask(address) as response:
        families = {it.name: it for it in text_string_to_metric_families(response.read().decode())}

    labels = [sample.labels for sample in families["suanpan_tasks"].samples]
    assert {"task": "tests.listened", "outcome": "done"} in labels
    assert "suanpan_due_rows" not in families  # The web tells the market's.


def test_nobody_else_reads_them(address, settings):
    settings.SUANPAN_METRICS_NETWORKS = []
    settings.SUANPAN_METRICS_TOKEN = TOKEN

    for headers in ({}, {"Authorization": "Bearer nonsense"}):
        with pytest.raises(urllib.error.HTTPError, match="403"):
            ask(address, **headers)
    with ask(address, Authorization=f"Bearer {TOKEN}") as response:
        assert response.status == 200


def test_there_is_nothing_else(address):
    with pytest.raises(urllib.error.HTTPError, match="404"):
        ask(address, "/metrics/../etc/passwd")


def test_a_port_that_is_taken_stops_no_worker(settings):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        settings.SUANPAN_METRICS_LISTEN = f"127.0.0.1:{taken.getsockname()[1]}"

        assert listening.listen() is None


def test_by_default_nobody_listens(settings):
    settings.SUANPAN_METRICS_LISTEN = ""

    assert listening.listen() is None
