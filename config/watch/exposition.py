"""The figures as Prometheus reads them: what this host's processes counted, and what is due."""

from collections.abc import Iterable

from prometheus_client import CollectorRegistry
from prometheus_client.exposition import choose_encoder
from prometheus_client.metrics_core import Metric
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from config.watch import files
from config.watch.market import Market


class Processes(Collector):
    """What the processes of this host have counted, those that are gone included."""

    def collect(self) -> Iterable[Metric]:
        """Return the sums; none where there is no place to count."""
        try:
            with files.locked():
                files.fold()
                counted = [str(path) for path in files.readable()]
                return list(MultiProcessCollector.merge(counted))
        except OSError:
            return []


def of_host(accept: str = "") -> tuple[bytes, str]:
    """Return what the processes of this host have counted, and its content type."""
    return _written(accept, Processes())


def everything(accept: str = "") -> tuple[bytes, str]:
    """Return that, and what the database says of the market."""
    return _written(accept, Processes(), Market())


def _written(accept: str, *collectors: Collector) -> tuple[bytes, str]:
    registry = CollectorRegistry(auto_describe=False)
    for collector in collectors:
        registry.register(collector)
    encode, content_type = choose_encoder(accept)
    return encode(registry), content_type
