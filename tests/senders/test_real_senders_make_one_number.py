"""
Debian's Prometheus, the agent and the OpenTelemetry exporter: what each sends makes one number.

They follow one exporter over half a minute, through restarts, slices that come and go, values that
are no numbers and a time without answers; windows of ten seconds close meanwhile. Afterwards the
usage is what the exporter's own record of what it showed says, in fractions, to the last digit.
"""

import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from fractions import Fraction
from pathlib import Path
from typing import Final

import httpx
import pytest
from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
from opentelemetry.sdk.metrics import export as otlp
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.util.instrumentation import InstrumentationScope

from common import clock, tenancy
from metering.models import UsageRecord
from tests import cast as people
from tests import debian, served
from tests.agent.conftest import Installation
from tests.metering import cast as metering
from tests.senders import cast, exporting
from tests.senders.exporting import COUNTER, LEVEL, STAGE

pytestmark = [pytest.mark.services, pytest.mark.slow]
STAGES: Final = 24
AWAY_AT: Final = 15
PROFILES: Final = ["", "1g.*"]


def until(is_so, *, seconds=60, told="it did not come to that"):
    end = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < end, told() if callable(told) else told
        time.sleep(0.05)


@pytest.fixture(scope="module")
def program() -> str:
    """Return Debian's Prometheus; without it, or a way to install it, the tests skip."""
    if not shutil.which("prometheus") and not debian.install("prometheus"):
        pytest.skip("Debian's prometheus is not there")
    return str(shutil.which("prometheus"))


@pytest.fixture
def url(fresh_database) -> Iterator[str]:
    with served.web() as url:
        yield url


class Provider:
    """A provider with two meters: one for what counters say, one for levels."""

    def __init__(self, **facts) -> None:
        self.organization = facts.pop("provider", None) or people.organization()
        resource = people.resource(self.organization, cards=64)
        self.counted, self.held = (
            metering.factories.MeterFactory(
                provider=self.organization,
                resource=resource,
                name=name,
                rule="accelerator-hours-10s",
                at=clock.now() - timedelta(hours=1),
                **facts,
            )
            for name in ("counted", "held")
        )

    def map(self) -> None:
        labels = {"GPU_I_PROFILE": PROFILES}
        rules = [
            cast.counter(self.counted, COUNTER, factor="0.001", labels=labels),
            cast.counter(self.held, LEVEL, factor="0.01", labels=labels, reads="gauge"),
        ]
        cast.mapping(self.organization, rules)

    def usage(self) -> tuple[Fraction, Fraction]:
        """Return what the records say: of counters, and of levels."""
        found = []
        with tenancy.acting_as_platform():
            for meter in (self.counted, self.held):
                current = UsageRecord.objects.filter(meter=meter, superseded_by__isnull=True)
                found.append(sum(map(Fraction, current.values_list("quantity", flat=True))))
        return found[0], found[1]

    def windows(self) -> int:
        with tenancy.acting_as_platform():
            records = UsageRecord.objects.filter(meter=self.counted)
            return records.values("starts_at").distinct().count()


# --- Who sends -----------------------------------------------------------------------------------
class Scraper:
    """Prometheus, which scrapes the exporter and writes to the market."""

    def __init__(self, address: str) -> None:
        self.address = address

    def stage(self) -> str | None:
        """Return the stage that it has taken in; nothing where the exporter is gone for it."""
        found = httpx.get(
            f"http://{self.address}/api/v1/query", params={"query": STAGE}, trust_env=False
        ).json()["data"]["result"]
        return found[0]["value"][1] if found else None

    def is_there(self) -> bool:
        try:
            return httpx.get(f"http://{self.address}/-/ready", trust_env=False).is_success
        except httpx.HTTPError:
            return False


@contextmanager
def prometheus(program: str, *, exporter: str, url: str, key: str, at: Path) -> Iterator[Scraper]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{free.getsockname()[1]}"
    config = at / "prometheus.yml"
    config.write_text(
        "global: {scrape_interval: 500ms, scrape_timeout: 500ms}\n"
        "scrape_configs:\n- job_name: dcgm\n"
        f"  static_configs: [{{targets: ['{exporter}']}}]\n"
        f"remote_write:\n- url: {url}{cast.ADDRESS}\n"
        f"  authorization: {{credentials: '{key}'}}\n"
        "  queue_config: {batch_send_deadline: 300ms, min_backoff: 100ms}\n"
    )
    log = (at / "prometheus.log").open("w")
    process = subprocess.Popen(
        [
            program,
            f"--config.file={config}",
            f"--storage.tsdb.path={at / 'tsdb'}",
            f"--web.listen-address={address}",
        ],
        stdout=log,
        stderr=log,
    )
    try:
        scraper = Scraper(address)
        until(scraper.is_there)
        yield scraper
    finally:
        process.terminate()
        process.wait(timeout=30)
        log.close()


@contextmanager
def agent(url: str, exporter: str, at: Path) -> Iterator[Provider]:
    """Run the agent beside the exporter; yields its provider."""
    site = type("Site", (), {"url": url})()
    installed = Installation(site, at)
    installed.enrol()
    provider = Provider(provider=installed.provider, agent_id=installed.agent.pk)
    labels = 'labels = { GPU_I_PROFILE = "~(1g[.].*)?" }'
    installed.configure(
        f'[[source]]\nkind = "prometheus"\nname = "dcgm"\nurl = "http://{exporter}/metrics"\n'
        f'[[source.series]]\nmeter = "{provider.counted.pk}"\nmetric = "{COUNTER}"\n'
        f'counts = "counter"\nscale = "0.001"\n{labels}\n'
        f'[[source.series]]\nmeter = "{provider.held.pk}"\nmetric = "{LEVEL}"\n'
        f'counts = "gauge"\nscale = "0.01"\n{labels}\n'
    )
    process = installed.started()
    try:
        yield provider
    finally:
        process.terminate()
        process.wait(timeout=30)


def exported(stage: exporting.Stage) -> otlp.MetricsData:
    """Return a stage as the SDK of OpenTelemetry hands it to an exporter."""

    def points(metric: str) -> list[otlp.NumberDataPoint]:
        return [
            otlp.NumberDataPoint(
                dict(each.labels), each.began_ms * 10**6, stage.at_ms * 10**6, float(each.value)
            )
            for each in stage.shown
            if each.metric == metric
        ]

    counters = otlp.Sum(points(COUNTER), otlp.AggregationTemporality.CUMULATIVE, True)
    metrics = [
        otlp.Metric(COUNTER, "", "ms", counters),
        otlp.Metric(LEVEL, "", "%", otlp.Gauge(points(LEVEL))),
    ]
    scope = otlp.ScopeMetrics(InstrumentationScope("dcgm"), metrics, "")
    return otlp.MetricsData([otlp.ResourceMetrics(Resource({"host.name": "n1"}), [scope], "")])


# --- One number ----------------------------------------------------------------------------------
def play(exporter: exporting.Exporter, scraper: Scraper, otlp_exporter) -> None:
    """Go through all stages; each is over when each reader has it. Windows close meanwhile."""
    for number in range(STAGES):
        if number == AWAY_AT:
            exporter.is_away = True
            until(lambda: scraper.stage() is None)
        stage = exporter.next_stage()
        exporter.is_away = False
        sent = otlp_exporter.export(exported(exporter.give("opentelemetry")))
        assert sent is otlp.MetricExportResult.SUCCESS
        until(lambda told=str(stage.number): scraper.stage() == told)
        until(lambda: exporter.has_given("suanpan-agent"), told=lambda: str(exporter.given.keys()))
        time.sleep(0.7)
        metering.close(now=clock.now())


def test_prometheus_the_agent_and_otlp_make_one_number(program, url, tmp_path):
    exporter = exporting.Exporter()
    scraped, exports = Provider(), Provider()
    for each in (scraped, exports):
        each.map()
    headers = {"Authorization": f"Bearer {cast.api_key(exports.organization, now=clock.now())}"}
    sender = OTLPMetricExporter(f"{url}/api/v1/metering/otlp/v1/metrics", headers=headers)
    key = cast.api_key(scraped.organization, now=clock.now())

    with (
        exporting.served(exporter) as address,
        prometheus(program, exporter=address, url=url, key=key, at=tmp_path) as scraper,
        agent(url, address, tmp_path) as followed,
    ):
        play(exporter, scraper, sender)
        expected = exporter.grown("opentelemetry"), exporter.held("opentelemetry")
        parts = (scraped, followed, exports)

        def is_all_there() -> bool:
            metering.close(now=clock.now())
            return all(each.usage() == expected for each in parts)

        until(is_all_there, told=lambda: f"{expected}: {[p.usage() for p in parts]}")

    for reader, provider in (("prometheus", scraped), ("suanpan-agent", followed)):
        assert (exporter.grown(reader), exporter.held(reader)) == provider.usage()
        assert provider.windows() >= 3
    assert min(expected) > 10
