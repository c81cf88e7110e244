"""Jobs of published traces as events: shuffled, split, doubled and late make the same usage."""

import random
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from uuid import NAMESPACE_URL, uuid5

import pytest

from common import tenancy
from metering.contracts import Reading
from metering.models import UsageRecord
from tests import cast as people
from tests.metering import cast

pytestmark = pytest.mark.django_db
DATA = Path("../shared/data")
PODS = DATA / "openb/openb_pod_list_default.csv"
TOKENS = DATA / "azure/AzureLLMInferenceTrace_code.csv"
JOBS = 40
REQUESTS = 400
HOUR = 3600
# The first jobs of the cluster, where the trace itself is not at hand.
SOME_PODS = """name,num_gpu,gpu_milli,creation_time,deletion_time
openb-pod-0000,1,1000,0,12537496
openb-pod-0001,1,460,427061,12902960
openb-pod-0002,8,1000,1558,9211
"""


def rows(path: Path, otherwise: str = "") -> list[dict[str, str]]:
    text = path.read_text() if path.exists() else otherwise
    head, *lines = (line.split(",") for line in text.splitlines())
    return [dict(zip(head, line, strict=True)) for line in lines]


def pods(meter) -> list[Reading]:
    """Return what the cards of each job counted, cut at the edges of the hours."""
    found = []
    for job in rows(PODS, SOME_PODS)[:JOBS]:
        cards = Decimal(job["num_gpu"]) * Decimal(job["gpu_milli"] or 0) / 1000
        first, last = int(job["creation_time"]) % HOUR, int(job["deletion_time"])
        last = min(first + last - int(job["creation_time"]), 6 * HOUR)
        if not cards:
            continue
        while first < last:
            until = min(last, (first // HOUR + 1) * HOUR)
            found.append(reading(meter, job["name"], first, until, cards * (until - first)))
            first = until
    return found


def tokens(meter) -> list[Reading]:
    """Return the tokens of each request of the trace, counted in its own second."""
    if not TOKENS.exists():
        pytest.skip("the trace is not at hand")
    found = []
    for number, each in enumerate(rows(TOKENS)[:REQUESTS]):
        count = int(each["ContextTokens"]) + int(each["GeneratedTokens"])
        at = datetime.fromisoformat(each["TIMESTAMP"][:19])
        second = at.minute * 60 + at.second
        found.append(reading(meter, f"request-{number}", second, second + 1, count, unit="token"))
    return found


def reading(meter, job: str, first: int, last: int, quantity, unit="card-second") -> Reading:
    return Reading(
        source=f"urn:trace:{job}",
        event_id=f"{job}:{first}",
        meter_id=meter.pk,
        starts_at=cast.NOON + timedelta(seconds=first),
        ends_at=cast.NOON + timedelta(seconds=last),
        quantity=Decimal(quantity),
        unit=unit,
        subject=uuid5(NAMESPACE_URL, job[:10]),
    )


def usage(meter) -> list[tuple]:
    with tenancy.acting_as_platform():
        current = UsageRecord.objects.filter(meter=meter, superseded_by__isnull=True)
        found = current.order_by("subject", "starts_at").values_list(
            "subject", "starts_at", "quantity", "standard_hours", "inputs_hash", "reading_count"
        )
        return list(found)


def told(meter, readings, *, seed: int) -> None:
    """Send readings shuffled, doubled, in batches of odd lengths, and close now and then."""
    mixed = random.Random(seed)  # noqa: S311 - a seed, so that it fails again
    sent = [*readings, *mixed.sample(readings, len(readings) // 2)]
    mixed.shuffle(sent)
    while sent:
        size = mixed.choice([1, 7, 31, 113])
        cast.ingest(meter, *sent[:size])
        del sent[:size]
        if mixed.random() < 0.3:
            cast.close()
    cast.close()


@pytest.mark.parametrize(("trace", "rule"), [(pods, "accelerator-hours"), (tokens, "tokens")])
def test_however_the_events_of_a_trace_come_the_usage_is_one(trace, rule):
    resource = people.resource(people.organization("Cluster"), cards=6_000)
    plain = cast.meter(resource.provider, resource=resource, rule=rule, name="plain")
    readings = trace(plain)
    cast.ingest(plain, *readings)
    cast.close()
    expected = usage(plain)
    by_hand = sum((each.quantity for each in readings), Decimal(0))

    assert sum(row[2] for row in expected) == by_hand
    for seed in (1, 2):
        owner = people.organization("Other")
        other = cast.meter(
            owner, resource=people.resource(owner, cards=6_000), rule=rule, name="mixed"
        )
        told(other, trace(other), seed=seed)
        assert usage(other) == expected
