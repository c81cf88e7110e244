"""Series to send, and what comes of them."""

import random
import struct
from collections.abc import Iterable
from datetime import timedelta
from decimal import Decimal

import cramjam
from django.db.models import Sum
from django.test import Client

from common import tenancy
from identity import services as identity
from identity.contracts import Role
from metering.models import Meter, Reading
from metering.senders import services
from metering.senders.contracts import Via
from metering.senders.wire import remote_write
from tests import cast as people
from tests.metering import cast as metering

NOON = metering.NOON
HOUR = metering.HOUR
LATER = NOON + timedelta(hours=3)
ADDRESS = "/api/v1/metering/remote-write"
STALE = struct.unpack("<d", struct.pack("<Q", 0x7FF0000000000002))[0]
NOON_MS = int(NOON.timestamp() * 1000)

Told = tuple[dict[str, str], list[tuple[int, float]]]  # labels, and (milliseconds, value)


def provider_with_meter(**facts):
    provider = people.organization()
    return provider, metering.meter(provider, **facts)


def mapping(provider, rules, *, name="cluster", person=None, **members):
    """Publish a mapping; without a wait unless one is asked for."""
    person = person or people.member(provider, Role.PROVIDER)
    with tenancy.acting_as(provider.pk):
        return services.create_mapping(
            provider_id=provider.pk,
            name=name,
            definition={"rules": rules, "wait_seconds": 0} | members,
            by_id=person.pk,
            now=NOON,
        )


def counter(meter, metric="gpu_seconds_total", **members):
    return {"metric": metric, "reads": "counter", "meter": str(meter.pk)} | members


def series(labels, *samples: tuple[float, float], metric="gpu_seconds_total") -> Told:
    """Return a series; moments are seconds after noon."""
    shown = [(NOON_MS + round(at * 1000), value) for at, value in samples]
    return {"__name__": metric} | labels, shown


def first(*told: Told):
    """Return a WriteRequest of remote write 1.0."""
    request = remote_write.FIRST["WriteRequest"]()
    for labels, samples in told:
        row = request.timeseries.add()
        for name in sorted(labels):
            row.labels.add(name=name, value=labels[name])
        for timestamp, value in samples:
            row.samples.add(timestamp=timestamp, value=value)
    return request


def second(*told: Told):
    """Return a Request of remote write 2.0, made from its specification."""
    request = remote_write.SECOND["Request"]()
    symbols = [""]
    for labels, samples in told:
        row = request.timeseries.add()
        for name in sorted(labels):
            for text in (name, labels[name]):
                if text not in symbols:
                    symbols.append(text)
                row.labels_refs.append(symbols.index(text))
        row.metadata.type = 1
        for timestamp, value in samples:
            row.samples.add(timestamp=timestamp, value=value)
    request.symbols.extend(symbols)
    return request


def packed(request) -> bytes:
    return bytes(cramjam.snappy.compress_raw(request.SerializeToString()))


def api_key(provider, *, scopes=("metering:write", "metering:read"), now=NOON) -> str:
    person = people.member(provider, Role.PROVIDER)
    with tenancy.acting_as_platform():
        issued = identity.create_api_key(
            organization_id=provider.pk,
            created_by=person.pk,
            name="prometheus",
            roles=[Role.PROVIDER],
            scopes=list(scopes),
            now=now,
            expires_at=now + timedelta(days=1),
        )
    return issued.secret


def sender(provider, **facts) -> Client:
    return Client(headers={"Authorization": f"Bearer {api_key(provider, **facts)}"})


def post(client: Client, request, *, proto="", encoding="snappy", body=None, headers=None):
    content_type = "application/x-protobuf" + (f";proto={proto}" if proto else "")
    return client.post(
        ADDRESS,
        data=packed(request) if body is None else body,
        content_type=content_type,
        headers={"Content-Encoding": encoding, "Accept-Language": "en"} | (headers or {}),
    )


def take(provider, *told: Told, now=LATER, via=Via.REMOTE_WRITE_1):
    """Take series without HTTP."""
    batch = remote_write.read_first(first(*told).SerializeToString(), samples_max=10**6)
    with tenancy.acting_as(provider.pk):
        return services.take(provider_id=provider.pk, batch=batch, via=via, now=now)


def follow_due(now):
    with tenancy.acting_as_platform():
        while services.follow_due(now=now):
            pass


def used(meter: Meter) -> Decimal:
    with tenancy.acting_as_platform():
        found = Reading.objects.filter(meter=meter).aggregate(Sum("quantity"))
    return found["quantity__sum"] or Decimal(0)


def by_window(meter: Meter) -> dict:
    """Return what was counted by hour."""
    with tenancy.acting_as_platform():
        rows = list(Reading.objects.filter(meter=meter).values_list("starts_at", "quantity"))
    found: dict = {}
    for starts_at, quantity in rows:
        hour = starts_at.replace(minute=0, second=0, microsecond=0)
        found[hour] = found.get(hour, Decimal(0)) + quantity
    return found


def restarting(seed: int, count: int, *, every: float = 60) -> list[tuple[float, float]]:
    """Return a counter that restarts, shows NaN, and counts odd fractions."""
    chance = random.Random(seed)  # noqa: S311
    value, shown = 0.0, []
    for number in range(count):
        value = 0.0 if chance.random() < 0.05 else value + chance.random() * 59
        is_number = chance.random() > 0.05
        shown.append((number * every, value if is_number else float("nan")))
    return shown


def doubled_and_shuffled(chance: random.Random, told: Iterable[Told]) -> list[list[Told]]:
    """Return requests that hold each sample once or twice, in any order."""
    single = [(labels, [sample]) for labels, samples in told for sample in samples]
    sent = single + chance.sample(single, len(single) // 2)
    chance.shuffle(sent)
    size = chance.randint(1, 40)
    return [sent[start : start + size] for start in range(0, len(sent), size)]
