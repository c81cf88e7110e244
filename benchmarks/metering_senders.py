"""Remote write 1.0 for the benchmark of metering: counters of Prometheus as readings."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, Final

import cramjam

SERIES: Final = 100  # of a request, each with
SAMPLES: Final = 10  # a sample each
STEP_MS: Final = 15_000
METRIC: Final = "bench_gpu_seconds_total"


def map_series(meter: Any) -> None:
    """Publish that the benchmark's counter counts for a meter, without a wait."""
    from common import clock, tenancy
    from identity.contracts import Role
    from identity.models import Membership, User
    from metering.senders import services

    provider_id = meter.provider_id
    with tenancy.acting_as_platform():
        person = User.objects.create(email="mapper@bench.example", is_active=True)
        Membership.objects.create(user=person, organization_id=provider_id, role=Role.PROVIDER)
    rule = {"metric": METRIC, "reads": "counter", "meter": str(meter.pk)}
    with tenancy.acting_as(provider_id):
        services.create_mapping(
            provider_id=provider_id,
            name="bench",
            definition={"rules": [rule], "wait_seconds": 0},
            by_id=person.pk,
            now=clock.now(),
        )


def requests(start: datetime, *, run: int, count: int, clients: int) -> list[bytes]:
    """Return requests whose samples go on where those of the run before ended, client by client."""
    from metering.senders.wire import remote_write

    each = count // clients
    begins = int(start.astimezone(UTC).timestamp() * 1000)
    packed = []
    for place in range(count):
        client, turn = place % clients, run * each + place // clients
        request = remote_write.FIRST["WriteRequest"]()
        for number in range(SERIES):
            row = request.timeseries.add()
            row.labels.add(name="__name__", value=METRIC)
            row.labels.add(name="gpu", value=f"{client}-{number}")
            for step in range(turn * SAMPLES, (turn + 1) * SAMPLES):
                # Four meters' worth of cards share one: a tenth of a card each fits its capacity.
                row.samples.add(timestamp=begins + step * STEP_MS, value=round(step * 0.15, 2))
        packed.append(bytes(cramjam.snappy.compress_raw(request.SerializeToString())))
    return packed


HEADERS: Final = {"Content-Type": "application/x-protobuf", "Content-Encoding": "snappy"}


def refused(answers: Sequence[Any]) -> list[str]:
    """Return what was answered where samples were not all written."""
    wanted = str(SERIES * SAMPLES)
    return [
        f"{answer.status_code}: {answer.text[:200]}"
        for answer in answers
        if answer.status_code != 204
        or answer.headers["X-Prometheus-Remote-Write-Samples-Written"] != wanted
    ]
