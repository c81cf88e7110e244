"""What a machine can do is measured repeatedly; a noisy run is not good; what is good is signed."""

import json
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from suanpan_agent import challenged, config, keys, probing
from suanpan_agent.market import Market
from suanpan_agent.probing import disk, measuring, report, tokens
from suanpan_agent.probing.measuring import Missing, Result, repeated

from common import tenancy
from metering.verifying import selectors
from metering.verifying.models import Challenge
from tests import factories

QUIET = (50.0, 50.1, 50.2, 50.3, 50.4, 50.5, 50.6)


def test_the_median_of_seven_is_told_with_its_spread_after_a_warm_up():
    values = iter([1.0, 1.0, 103.0, 97.0, 100.0, 101.0, 99.0, 100.0, 100.0])

    found = repeated("x", "y", lambda: next(values))

    told = found.told()
    assert (told["median"], told["spread"], told["repeats"]) == ("100.000", "0.0600", 7)
    assert found.is_quiet


def test_a_noisy_series_is_measured_again_thrice_and_never_called_good():
    values = iter(range(1, 100))

    found = repeated("x", "y", lambda: float(next(values)))

    assert (found.tries, found.is_quiet) == (3, False)
    whole = report.Report(probing.Wish(), results=[found])
    assert (whole.is_good, whole.told()["noisy"]) == (False, ["x"])


def test_what_is_not_there_is_skipped_with_the_reason(tmp_path, monkeypatch):
    monkeypatch.setattr(measuring.importlib, "import_module", _nothing)

    found = probing.probe(probing.Wish(folder=tmp_path / "gone"))

    assert set(found.skipped) == set(report.PARTS)
    assert "suanpan-agent[probe]" in found.skipped["cpu"]
    assert "PyTorch" in found.skipped["gpu"]
    assert "No such file" in found.skipped["disk"]
    assert not found.is_good


def _nothing(name):
    raise ImportError(name)


def test_a_disk_is_measured_in_a_bounded_file_that_goes_afterwards(tmp_path, monkeypatch):
    monkeypatch.setattr(disk, "WRITES", 2)

    found = list(disk.disk(tmp_path, size=2 << 20))

    assert [each.name for each in found] == [
        "disk_write",
        "disk_read",
        "disk_random_read",
        "disk_random_write",
    ]
    assert all(min(each.values) > 0 for each in found)
    assert list(tmp_path.iterdir()) == []


class Streaming(BaseHTTPRequestHandler):
    """An OpenAI-compatible endpoint that streams as many tokens as its server says."""

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        assert asked["stream"]
        self.send_response(self.server.status)
        self.send_header("Content-Type", "text/event-stream")
        self.end_headers()
        for line in self.server.lines:
            self.wfile.write(f"data: {line}\n\n".encode())

    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture
def endpoint():
    server = ThreadingHTTPServer(("127.0.0.1", 0), Streaming)
    chunk = json.dumps({"choices": [{"delta": {"content": "one"}}]})
    usage = json.dumps({"choices": [], "usage": {"completion_tokens": 40}})
    server.status, server.lines = 200, [chunk] * 10 + [usage, "[DONE]"]
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


def url(server) -> str:
    return f"http://127.0.0.1:{server.server_port}/v1"


def test_tokens_a_second_come_from_an_endpoint_that_streams(endpoint):
    rates, firsts = tokens.tokens(url(endpoint), model="m")

    assert (rates.name, rates.unit, len(rates.values)) == ("inference_tokens", "tokens/s", 7)
    assert (firsts.name, len(firsts.values)) == ("inference_first_token", 7)
    assert min(rates.values) > 0


@pytest.mark.parametrize(
    ("status", "lines"),
    [(500, []), (200, []), (200, ["no json"]), (200, ["[1]"]), (200, ['{"choices": [1]}'])],
    ids=["error", "silent", "garbage", "array", "other"],
)
def test_an_endpoint_that_answers_otherwise_is_skipped_with_the_reason(endpoint, status, lines):
    endpoint.status, endpoint.lines = status, lines

    with pytest.raises(Missing):
        list(tokens.tokens(url(endpoint), model="m"))


@pytest.fixture
def bound(installed):
    """An agent that is bound to a meter of a resource of eight virtual processors."""
    with tenancy.acting_as(installed.provider.pk):
        resource = factories.ResourceFactory(
            provider=installed.provider, vcpu=True, cards=8, at=installed.meter.registered_at
        )
        factories.MeterFactory(
            provider=installed.provider,
            resource=resource,
            rule="vcpu-hours",
            at=installed.meter.registered_at,
            agent_id=installed.agent.pk,
        )
    installed.resource = resource
    return installed


def sent(installed, values=QUIET):
    told = config.load(installed.config)
    made = report.Report(probing.Wish(resource=str(installed.resource.pk)))
    made.results.append(Result("cpu_gemm_fp64", "GFLOPS", values))
    now = report.moments.written(report.moments.now())
    made.started_at = made.ended_at = now
    market = Market(told)
    try:
        return market.report(made.body(), keys.load(told.key))
    finally:
        market.close()


def test_a_signed_report_reaches_the_market_and_earns_level_2(bound):
    judged = sent(bound)

    assert (judged.is_accepted, judged.level) == (True, 2)
    with tenancy.acting_as_platform():
        assert selectors.certificate(judged.certificate_id).agent_id == bound.agent.pk


def test_the_way_to_the_market_is_measured_against_its_own_address(bound):
    market = Market(config.load(bound.config))
    try:
        assert (market.receive(100_000), market.give(b"x" * 100_000)) == (100_000, 100_000)
    finally:
        market.close()


def test_the_agent_answers_a_challenge_that_waits(bound, monkeypatch):
    from datetime import timedelta

    from django.utils import timezone

    sent(bound)
    now = timezone.now()
    with tenancy.acting_as_platform():
        challenge = Challenge.objects.create(
            resource=bound.resource,
            provider=bound.provider,
            day=now.date(),
            nonce="a" * 64,
            opens_at=now - timedelta(seconds=1),
            deadline_at=now + timedelta(minutes=30),
            state="OPEN",
            expected=50,
        )
    monkeypatch.setitem(
        report._MEASURED, "cpu", lambda _wish: iter([Result("cpu_gemm_fp64", "GFLOPS", QUIET)])
    )
    bound.settings = ""
    bound.configure(
        '[[source]]\nkind = "file"\nname = "none"\npath = "/nonexistent"\n'
        '[probe]\nparts = ["cpu"]\nanswers_challenges = true\n'
    )
    told = config.load(bound.config)
    market = Market(told)
    try:
        challenged.answer(told, market, keys.load(told.key))
    finally:
        market.close()

    with tenancy.acting_as_platform():
        challenge.refresh_from_db()
    assert (challenge.state, challenge.problems) == ("PASSED", [])


def test_the_command_needs_no_market_to_measure_and_a_resource_to_send(installed, tmp_path):
    none = installed.command("probe", "--only", "tokens", "--json")
    assert (none.returncode, json.loads(none.stdout)["skipped"]) == (
        1,
        {"tokens": "no endpoint is named: --tokens-url"},
    )
    wrong = installed.command("probe", "--only", "warp")
    assert (wrong.returncode, "there is no warp" in wrong.stderr) == (2, True)
    unnamed = installed.command("probe", "--only", "tokens", "--send")
    assert (unnamed.returncode, "probe.resource" in unnamed.stderr) == (2, True)


@pytest.mark.slow
def test_two_runs_of_this_machine_agree_within_ten_per_cent_when_it_is_quiet(capsys):
    first, second = (
        probing.probe(probing.Wish(parts=frozenset({"cpu", "memory"}))) for _run in range(2)
    )

    told = [
        f"{one.name}: {one.median:.4g} and {other.median:.4g} {one.unit},"
        f" spreads {one.spread:.1%} and {other.spread:.1%}\n"
        for one, other in zip(first.results, second.results, strict=True)
    ]
    with capsys.disabled():
        sys.stdout.write("\n" + "".join(told))
    if not (first.is_good and second.is_good):
        pytest.skip("the machine is not quiet: the runs say so themselves")
    for one, other in zip(first.results, second.results, strict=True):
        assert abs(one.median - other.median) / one.median <= 0.10
