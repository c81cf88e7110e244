"""An exporter's text endpoint: counters, gauges, and series that are there or not."""

import json
import math
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

import httpx
from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.samples import Sample as Exposed

from suanpan_agent import __version__
from suanpan_agent.config import PrometheusSource, Series, scale_of
from suanpan_agent.counting import EXACT, Sample, Step, counter_step, gauge_step
from suanpan_agent.errors import SourceError
from suanpan_agent.moments import SECOND
from suanpan_agent.orders import OrderBook
from suanpan_agent.readings import of_stretch, short_hash
from suanpan_agent.sources import Known
from suanpan_agent.spool import Taken

BYTES_MAX: Final = 64 << 20
UNMAPPED_NAMED: Final = 50  # metrics of an endpoint that `status` names
FORGOTTEN_AFTER: Final = 92 * 86_400 * SECOND
ONE: Final = Decimal(1)


@dataclass(frozen=True, slots=True)
class Shown:
    """
    A series as an endpoint showed it, and what of the configuration it is for.

    `moment` is in microseconds, where the endpoint itself says when it looked; else nothing.
    """

    series: Series
    name: str
    labels: Mapping[str, str]
    value: Decimal
    moment: int | None = None


def scraped(url: str, *, timeout: int) -> str:
    """
    Return the text of an endpoint.

    :raises SourceError: if it cannot be had, or is too long
    """
    headers = {
        "Accept": "text/plain;version=0.0.4",
        "User-Agent": f"suanpan-agent/{__version__}",
    }
    try:
        with httpx.stream(
            "GET", url, timeout=timeout, headers=headers, trust_env=False
        ) as response:
            response.raise_for_status()
            body = bytearray()
            for part in response.iter_bytes():
                body += part
                if len(body) > BYTES_MAX:
                    message = f"{url}: more than {BYTES_MAX} bytes"
                    raise SourceError(message)
    except httpx.HTTPError as error:
        message = f"{url}: {type(error).__name__}: {error}"
        raise SourceError(message) from error
    return body.decode("utf-8", "replace")


class Prometheus:
    """One endpoint."""

    def __init__(self, config: PrometheusSource) -> None:
        self._config = config
        self._gap = config.gap_seconds * SECOND
        self._matchers = [
            {name: matcher(value) for name, value in series.labels.items()}
            for series in config.series
        ]

    def look(self, known: Known) -> Taken:
        """Scrape, and tell what was counted since the last time."""
        books = {id(each): OrderBook(each) for each in self._config.series}
        for series in self._config.series:
            known.meter(series.meter)
        taken, there, unmapped = Taken(), set[str](), Counter[str]()
        for shown in self._shown(self._scrape(), unmapped):
            if shown.name in there:
                taken.odd["double"] += 1
                continue
            there.add(shown.name)
            self._follow(shown, books[id(shown.series)], known, taken)
        self._let_go(known, there, taken)
        taken.facts["unmapped"] = json.dumps(dict(unmapped.most_common(UNMAPPED_NAMED)))
        return taken

    def sample(self, known: Known) -> str:
        """Scrape once, and say which series are followed, and how many are not."""
        unmapped = Counter[str]()
        shown = list(self._shown(self._scrape(), unmapped))
        of_each = [
            f"{each.metric}: {sum(one.series is each for one in shown)}"
            for each in self._config.series
        ]
        if not shown:
            message = f"no series matches ({', '.join(of_each)})"
            raise SourceError(message)
        del known
        return f"series by metric: {', '.join(of_each)}; not followed: {unmapped.total()}"

    def _follow(self, shown: Shown, book: OrderBook, known: Known, taken: Taken) -> None:
        before = _baseline(known.places.get(shown.name))
        moment = known.now if shown.moment is None else shown.moment
        if shown.moment is not None and before is not None and moment == before.moment:
            return  # The endpoint has not looked again.
        step = self._step(shown, before, moment)
        if step is None:
            taken.odd["not_a_number"] += 1
            return
        taken.odd[step.odd] += bool(step.odd)
        if step.baseline.moment == moment:
            taken.places[shown.name] = json.dumps([step.baseline.moment, str(step.baseline.value)])
        if step.stretch is None:
            return
        order = book.order(shown.labels)
        taken.odd["without_order"] += order is None
        taken.readings += of_stretch(
            step.stretch,
            meter=known.meter(shown.series.meter),
            source=f"urn:suanpan:prometheus:{self._config.name}:{shown.name}",
            name=order or "none",
            subject=order,
        )

    def _step(self, shown: Shown, before: Sample | None, now: int) -> Step | None:
        if shown.series.counts == "counter":
            return counter_step(before, shown.value, now, gap=self._gap)
        value = shown.value if shown.series.counts == "gauge" else scale_of(shown.series)
        return gauge_step(before, value, now, gap=self._gap)

    def _let_go(self, known: Known, there: set[str], taken: Taken) -> None:
        """Forget series that are gone: a gauge at once, a counter when nobody could take it."""
        counters = {"c"}
        for name, value in known.places.items():
            if name in there:
                continue
            before = _baseline(value)
            is_old = before is None or before.moment < known.now - FORGOTTEN_AFTER
            if name[0] not in counters or is_old:
                taken.places[name] = None
                taken.odd["gone"] += 1

    def _scrape(self) -> str:
        return scraped(self._config.url, timeout=self._config.timeout_seconds)

    def _shown(self, text: str, unmapped: Counter[str]) -> Iterator[Shown]:
        """Yield the series that are followed, and count the others by metric."""
        try:
            for family in text_string_to_metric_families(text):
                for sample in family.samples:
                    found = list(self._matching(sample))
                    if not found:
                        unmapped[sample.name] += 1
                    yield from found
        except ValueError as error:
            message = f"{self._config.url}: {error}"
            raise SourceError(message) from error

    def _matching(self, sample: Exposed) -> Iterator[Shown]:
        name, labels = sample.name, sample.labels
        for series, matchers in zip(self._config.series, self._matchers, strict=True):
            is_it = series.metric == name and all(
                matcher.fullmatch(labels.get(label, "")) for label, matcher in matchers.items()
            )
            if is_it:
                # A sample is a double by definition: its shortest decimal is what was written.
                shown = EXACT.multiply(Decimal(repr(sample.value)), scale_of(series))
                yield Shown(
                    series, _name(series, name, labels), labels, shown, _moment(sample.timestamp)
                )


def _moment(told: object) -> int | None:
    """Return the microseconds of a sample's own timestamp, which has whole milliseconds."""
    if not isinstance(told, float) or not math.isfinite(told):
        return None
    return round(told * 1000) * (SECOND // 1000)


def _name(series: Series, metric: str, labels: Mapping[str, str]) -> str:
    told = [metric, str(series.meter), *(f"{key}={labels[key]}" for key in sorted(labels))]
    return series.counts[0] + short_hash(*told)


def _baseline(kept: str | None) -> Sample | None:
    if kept is None:
        return None
    moment, value = json.loads(kept)
    return Sample(int(moment), Decimal(value))


def matcher(value: str) -> re.Pattern[str]:
    """Return what a label must be: a text, or after `~` a regular expression."""
    return re.compile(value[1:]) if value.startswith("~") else re.compile(re.escape(value))
