"""What an agent is told: a TOML file, the same text in the environment, and a few single values."""

import os
import tomllib
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Annotated, Any, Final, Literal, get_args
from uuid import UUID

import msgspec
from msgspec import Meta

from suanpan_agent.errors import ConfigError

CLOCK: Final = "clock"  # what a trouble of the clock is kept under, beside those of sources
PREFIX: Final = "SUANPAN_AGENT_"
SPOOL_BYTES_MIN: Final = 16 << 20  # a look at a source must fit many times
FILE: Final = Path("/etc/suanpan-agent/agent.toml")
# Single values of the environment, and where they stand in the file.
SINGLE: Final = {
    "MARKET_URL": ("market", "url"),
    "API_KEY": ("market", "api_key"),
    "API_KEY_FILE": ("market", "api_key_file"),
    "STATE": ("agent", "state"),
    "KEY": ("agent", "key"),
}

Name = Annotated[str, Meta(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,39}$")]
Part = Literal["cpu", "memory", "disk", "network", "gpu", "tokens"]
Seconds = Annotated[int, Meta(ge=1, le=86_400)]


class MarketConfig(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """Where the market is, and the API key: scopes metering:read and metering:write."""

    url: Annotated[str, Meta(pattern=r"^https?://[^\s/]+")]
    api_key: str = ""
    api_key_file: str = ""
    ca_file: str = ""
    timeout_seconds: Seconds = 30


class AgentConfig(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """The agent itself."""

    state: str = "/var/lib/suanpan-agent"
    key: str = ""
    every_seconds: Seconds = 60
    batch_readings_max: Annotated[int, Meta(ge=1, le=10_000)] = 1_000
    spool_bytes_max: Annotated[int, Meta(ge=SPOOL_BYTES_MIN)] = 1 << 30
    retry_seconds_max: Seconds = 300
    beat_seconds: Annotated[int, Meta(ge=5, le=300)] = 30


class ProbeConfig(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """What `suanpan-agent probe` measures, and whether challenges of the market are answered."""

    resource: str = ""
    parts: tuple[Part, ...] = get_args(Part)
    folder: str = ""
    disk_bytes: Annotated[int, Meta(ge=1 << 20, le=1 << 30)] = 64 << 20
    tokens_url: str = ""
    tokens_model: str = ""
    tokens_key: str = ""
    answers_challenges: bool = False


class Orders(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """To which order what was counted belongs."""

    order: UUID | None = None
    order_label: str = ""
    orders_file: str = ""


class Series(Orders, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Which series of a Prometheus endpoint a meter counts, and how."""

    meter: UUID
    metric: str
    counts: Literal["counter", "gauge", "present"]
    labels: dict[str, str] = {}
    scale: str = "1"


class PrometheusSource(
    msgspec.Struct, tag_field="kind", tag="prometheus", forbid_unknown_fields=True, frozen=True
):
    """An exporter's text endpoint."""

    name: Name
    url: Annotated[str, Meta(pattern=r"^https?://[^\s/]+")]
    series: Annotated[list[Series], Meta(min_length=1)]
    gap_seconds: Seconds = 300
    timeout_seconds: Seconds = 10


class SlurmSource(
    Orders, tag_field="kind", tag="slurm", forbid_unknown_fields=True, frozen=True, kw_only=True
):
    """Jobs that ended, from Slurm's accounting."""

    name: Name
    meter: UUID
    tres: str = "gres/gpu"
    command: Annotated[list[str], Meta(min_length=1)] = msgspec.field(
        default_factory=lambda: ["sacct"]
    )
    form: Literal["text", "json"] = "text"
    match: dict[str, str] = {}
    since: str = ""
    overlap_seconds: Seconds = 86_400
    timeout_seconds: Seconds = 120


class FileSource(
    msgspec.Struct, tag_field="kind", tag="file", forbid_unknown_fields=True, frozen=True
):
    """Readings that another program appends to files, a line each."""

    name: Name
    path: str
    form: Literal["csv", "jsonl"] = "jsonl"


class HookSource(
    msgspec.Struct, tag_field="kind", tag="hook", forbid_unknown_fields=True, frozen=True
):
    """A function of one's own: `module:function`."""

    name: Name
    function: Annotated[str, Meta(pattern=r"^[\w.]+:\w+$")]
    path: str = ""


AnySource = PrometheusSource | SlurmSource | FileSource | HookSource


class ResourceConfig(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """
    A resource that heartbeats tell of: by its identifier or id, and from where its figures come.

    `exporter` counts series of `metric` with `labels` as cards, those that match `busy` as taken;
    `command` and `file` give JSON with `free_milli`, `total_milli` and `health`; with none of them
    it is said to be well.
    """

    resource: Annotated[str, Meta(min_length=1, max_length=96)]
    total_milli: Annotated[int, Meta(ge=0, le=10**12)] | None = None
    exporter: str = ""
    metric: str = ""
    labels: dict[str, str] = {}
    busy: dict[str, str] = {}
    command: list[str] = []
    file: str = ""


class PathConfig(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """A way to another hub, measured by connections to a host there."""

    from_hub: Annotated[str, Meta(min_length=1, max_length=8)]
    to_hub: Annotated[str, Meta(min_length=1, max_length=8)]
    host: Annotated[str, Meta(min_length=1, max_length=253)]
    port: Annotated[int, Meta(ge=1, le=65_535)] = 443
    tries: Annotated[int, Meta(ge=1, le=10)] = 3


class Config(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """Everything."""

    market: MarketConfig
    source: list[AnySource] = []
    resource: Annotated[list[ResourceConfig], Meta(max_length=10_000)] = []
    path: Annotated[list[PathConfig], Meta(max_length=100)] = []
    agent: AgentConfig = AgentConfig()
    probe: ProbeConfig = ProbeConfig()

    @property
    def state(self) -> Path:
        """Return the directory of the agent's state."""
        return Path(self.agent.state)

    @property
    def key(self) -> Path:
        """Return the file of the agent's key."""
        return Path(self.agent.key) if self.agent.key else self.state / "key.pem"

    @property
    def api_key(self) -> str:
        """
        Return the API key.

        :raises ConfigError: if none is named, or its file cannot be read
        """
        if self.market.api_key:
            return self.market.api_key
        if not self.market.api_key_file:
            message = f"market: name api_key_file, or {PREFIX}API_KEY in the environment"
            raise ConfigError(message)
        try:
            return Path(self.market.api_key_file).read_text().strip()
        except OSError as error:
            message = f"market.api_key_file: {error}"
            raise ConfigError(message) from error

    def source_names(self) -> list[str]:
        """Return the names of the sources."""
        return [each.name for each in self.source]


def load(path: Path | None, environment: Mapping[str, str] = os.environ) -> Config:
    """
    Read the configuration: the file, or the text in SUANPAN_AGENT_TOML; single values win.

    :raises ConfigError: naming the place, if it cannot be used
    """
    told = _told(path, environment)
    for name, (section, member) in SINGLE.items():
        if value := environment.get(PREFIX + name):
            told.setdefault(section, {})[member] = value
    try:
        config = msgspec.convert(told, Config)
    except msgspec.ValidationError as error:
        raise ConfigError(str(error)) from error
    _check(config)
    return config


def _told(path: Path | None, environment: Mapping[str, str]) -> dict[str, Any]:
    text = environment.get(PREFIX + "TOML", "")
    if not text:
        file = path or Path(environment.get(PREFIX + "CONFIG") or FILE)
        try:
            text = file.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            message = f"the configuration cannot be read: {error}"
            raise ConfigError(message) from error
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        message = f"the configuration is no TOML: {error}"
        raise ConfigError(message) from error


def _check(config: Config) -> None:
    names = config.source_names()
    if len(set(names)) != len(names) or CLOCK in names:
        message = f"source: two sources have one name, or one is called {CLOCK!r}"
        raise ConfigError(message)
    if not (config.source or config.resource or config.path):
        message = "name a [[source]], a [[resource]] or a [[path]]"
        raise ConfigError(message)
    for each in config.resource:
        if sum(map(bool, (each.exporter, each.command, each.file))) > 1:
            message = f"resource {each.resource}: only one of exporter, command and file"
            raise ConfigError(message)
        if each.exporter and not (each.metric and each.busy):
            message = f"resource {each.resource}: an exporter needs metric and busy"
            raise ConfigError(message)
    for source in config.source:
        for series in source.series if isinstance(source, PrometheusSource) else ():
            scale_of(series)


def scale_of(series: Series) -> Decimal:
    """
    Return what a value is multiplied with.

    :raises ConfigError: if it is no number above zero
    """
    try:
        scale = Decimal(series.scale)
    except InvalidOperation:
        scale = Decimal(0)
    if not scale.is_finite() or scale <= 0:
        message = f"source.series.scale: {series.scale!r} is no number above zero"
        raise ConfigError(message)
    return scale
