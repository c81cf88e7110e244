"""
Jobs and nodes of a trace on this market, decided both ways: at once, and in call rounds.

`TRACE` names the folder with `openb_node_list_gpu_node.csv` and `openb_pod_list_default.csv`. Each
node is a listing of its cards and one of its processors; each job asks for its cards (thousandths
count), or for processors, for as long as it ran, at most a day. Models of the trace stand for chips
that have a published factor, since a call round sells by the standard hour; prices and limits are
made up. Nodes and jobs are dealt to hubs and chips so that a round sells at most 100 listings.
"""

import csv
import json
import math
import os
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from common import tenancy
from common.canonical import content_hash
from common.period import Period
from identity.contracts import CapacityUnit, ResourceClass, ResourceForm
from identity.identifiers import regions
from identity.models import Organization
from identity.services import ResourceFacts
from marketplace.catalog.models import Listing
from marketplace.importing import capacity
from marketplace.importing.capacity.files import CapacityRow
from marketplace.orders import selectors as orders_selectors
from marketplace.orders import services as orders_services
from marketplace.orders import verify_clearing
from marketplace.orders.contracts import OrderWish, Repeated, Requirement
from marketplace.orders.models import ClearingRound, Order
from marketplace.rounds import contracts, verify_round
from marketplace.rounds.models import CallRound, RoundOrder, RoundResult
from tests import cast, factories
from tests.cast import NOW
from tests.rounds.cast import ENDED, FROM, HOUR, OPEN, asks, decided, scheduled
from tests.rounds.cast import place as place_in_round

TRACE: Final = Path(os.environ.get("TRACE", "../shared/data/openb"))
CHIPS: Final = {"G2": "A100", "G3": "A100", "T4": "H20", "A10": "H20"}  # others: RTX 4090
PRICES: Final = {"A100": 200, "H20": 170, "RTX 4090": 150}  # fen a standard hour
LIMITS: Final = {"LS": 130, "Guaranteed": 150, "Burstable": 110, "BE": 98}  # percent of the price
VCPU: Final = "vcpu"
DAY: Final = 24
OF_BUYER: Final = 100


@dataclass(frozen=True, slots=True)
class Part:
    """What one round, or one kind of wish, is about: a hub and a chip, or its processors."""

    hub: str
    region: str
    chip: str
    milli: int  # what its nodes have

    @property
    def resource_class(self) -> ResourceClass:
        return ResourceClass.GENERAL if self.chip == VCPU else ResourceClass.AI


@dataclass(frozen=True, slots=True)
class Job:
    """A line of the trace as an order."""

    name: str
    part: Part
    units_milli: int
    hours: int
    limit_minor: int


@dataclass(slots=True)
class Outcome:
    """How one way ended: how many were filled, why the others were not, and how it replays."""

    filled: int = 0
    reasons: Counter[str] = field(default_factory=Counter)
    card_milli_hours: int = 0
    rounds: int = 0
    seconds: float = 0.0
    output_hash: str = ""
    replayed_hash: str = ""
    unexplained: list[str] = field(default_factory=list)

    def facts(self, market: "TraceMarket") -> dict[str, Any]:
        """Return the figures as JSON data."""
        asked = sum(job.units_milli * job.hours for job in market.jobs if job.part.chip != VCPU)
        return {
            "jobs": len(market.jobs),
            "nodes": market.nodes,
            "filled": self.filled,
            "refused": dict(sorted(self.reasons.items())),
            "share_of_card_hours_permille": self.card_milli_hours * 1000 // max(asked, 1),
            "rounds": self.rounds,
            "seconds": round(self.seconds, 1),
            "output_hash": self.output_hash,
            "replays_to_the_same": self.output_hash == self.replayed_hash,
            "unexplained": len(self.unexplained),
        }


@dataclass(slots=True)
class TraceMarket:
    """The listings of the nodes, and the jobs that ask for them."""

    jobs: list[Job]
    parts: list[Part]
    nodes: int
    buyers: list[Organization]

    def of_buyers(self) -> Iterator[tuple[Organization, list[Job]]]:
        """Yield the jobs of each buyer, in the order of the trace."""
        for place, buyer in enumerate(self.buyers):
            yield buyer, self.jobs[place * OF_BUYER : (place + 1) * OF_BUYER]


def rows(name: str) -> list[dict[str, str]]:
    """Return the lines of a file of the trace."""
    with (TRACE / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def market(
    *, jobs: int | None = None, nodes_of: str = "", node_count: int | None = None
) -> TraceMarket:
    """List the nodes, or the first of one model, and return them with the first jobs."""
    every = rows("openb_node_list_gpu_node.csv")
    nodes = [each for each in every if nodes_of in ("", each["model"])][:node_count]
    pods = rows("openb_pod_list_default.csv")[:jobs]
    provider = cast.organization("Trace")
    parts, lines = _parts(nodes)
    entered = capacity.import_capacity(
        provider_id=provider.pk, rows=lines, prices=None, available_from=NOW - HOUR, now=NOW
    )
    assert not entered.refused, entered.refused[:3]
    dealt = list(_jobs(pods, parts))
    buyers = [
        factories.BuyerFactory(stem=f"Team {number}", cash="900000")
        for number in range(math.ceil(len(dealt) / OF_BUYER))
    ]
    return TraceMarket(dealt, parts, len(nodes), buyers)


def _parts(nodes: Sequence[dict[str, str]]) -> tuple[list[Part], list[CapacityRow]]:
    """Deal nodes to hubs, at most a round's listings of a chip to each; return their listings."""
    hubs = [(each.code, each.regions[0]) for each in regions.hubs()]
    by_chip: dict[str, list[dict[str, str]]] = {}
    for node in nodes:
        by_chip.setdefault(CHIPS.get(node["model"], "RTX 4090"), []).append(node)
    found: dict[tuple[str, str, str], int] = {}
    lines: list[CapacityRow] = []
    for chip, some in sorted(by_chip.items()):
        for place, node in enumerate(some):
            hub, region = hubs[place // contracts.LISTINGS_MAX]
            for kind, much in ((chip, int(node["gpu"]) * 1000), (VCPU, int(node["cpu_milli"]))):
                key = (hub, region, kind)
                found[key] = found.get(key, 0) + much
                lines.append(_line(len(lines) + 2, node, region, kind, much, place))
    return [Part(*key, milli) for key, milli in found.items()], lines


def _line(
    number: int, node: dict[str, str], region: str, kind: str, milli: int, place: int
) -> CapacityRow:
    is_cards = kind != VCPU
    count = milli // 1000
    return CapacityRow(
        line=number,
        identity=f"{kind} of {node['sn']}",
        facts=ResourceFacts(
            name=f"{node['sn']} {kind}",
            region=region,
            resource_class=ResourceClass.AI if is_cards else ResourceClass.GENERAL,
            form=ResourceForm.CONTAINER if is_cards else ResourceForm.VM,
            specification={"chip": kind, "cards": count} if is_cards else {VCPU: count},
            capacity_unit=CapacityUnit.CARD if is_cards else CapacityUnit.VCPU,
            total_milli=milli,
        ),
        priced_as=kind,
        price_unit="standard_hour" if is_cards else "unit_hour",
        unit_price=f"{PRICES[kind] * (95 + 5 * (place % 3)) / 10_000:.4f}" if is_cards else "0.12",
    )


def _jobs(pods: Sequence[dict[str, str]], parts: Sequence[Part]) -> Iterator[Job]:
    """Deal jobs to parts, each to the one of its kind that has most left for its size."""
    asked = dict.fromkeys(parts, 0)
    for pod in pods:
        is_cards = int(pod["num_gpu"]) > 0
        milli = int(pod["num_gpu"]) * int(pod["gpu_milli"]) if is_cards else int(pod["cpu_milli"])
        fitting = [each for each in parts if (each.chip != VCPU) == is_cards]
        part = max(fitting, key=lambda each: (each.milli - asked[each], each.hub))
        asked[part] += milli
        begun = int(pod["scheduled_time"] or pod["creation_time"])
        hours = math.ceil(max(int(pod["deletion_time"]) - begun, 1) / 3600)
        limit = PRICES.get(part.chip, 100) * LIMITS[pod["qos"]] // 100
        yield Job(pod["name"], part, milli, min(hours, DAY), limit)


# --- At once -----------------------------------------------------------------------------------


def at_once(found: TraceMarket, directory: Path) -> Outcome:
    """Place every job as an order of its own, clear the books, and check each export alone."""
    outcome, began = Outcome(), time.monotonic()
    for buyer, jobs in found.of_buyers():
        with tenancy.acting_as(buyer.pk):
            orders_services.place_orders(
                buyer_id=buyer.pk, wishes=[_wish(job) for job in jobs], placed_at=NOW
            )
    with tenancy.acting_as_platform():
        for book_id in sorted(set(Listing.objects.values_list("book_id", flat=True))):
            while orders_services.clear_book(book_id=book_id, now=NOW, limit=500).is_full:
                pass
    outcome.seconds = time.monotonic() - began
    _tell_orders(found, outcome)
    _clear_again_alone(outcome, directory)
    return outcome


def _wish(job: Job) -> OrderWish:
    chips = () if job.part.chip == VCPU else (job.part.chip,)
    return OrderWish(
        key=job.name,
        units_milli=job.units_milli,
        period=Period(FROM, FROM + job.hours * HOUR),
        requirement=Requirement(job.part.resource_class, job.part.hub, chips),
        use_vouchers=False,
        repeated=Repeated(job.units_milli, None),
    )


def _tell_orders(found: TraceMarket, outcome: Outcome) -> None:
    jobs = {job.name: job for job in found.jobs}
    with tenancy.acting_as_platform():
        for order in Order.objects.filter(key__in=jobs):
            job = jobs[order.key]
            if order.state == "CLEARED" and order.listing_id:
                outcome.filled += 1
                if job.part.chip != VCPU:
                    outcome.card_milli_hours += job.units_milli * job.hours
            elif order.state == "REJECTED" and order.refusal_code:
                outcome.reasons[order.refusal_code] += 1
            else:
                outcome.unexplained.append(job.name)


def _clear_again_alone(outcome: Outcome, directory: Path) -> None:
    """Let the market and the stand-alone script clear every round again from what it stored."""
    stored, again = [], []
    with tenancy.acting_as_platform():
        numbers = ClearingRound.objects.order_by("number").values_list("number", flat=True)
        for number in numbers:
            kept = orders_selectors.round_file(number=number)
            assert orders_selectors.replay(number=number).is_right, number
            told = _alone(verify_clearing.__file__, kept, directory / f"{number}.json")
            stored.append([number, kept["output_hash"]])
            again.append([number, told.get("output_hash")])
    outcome.rounds = len(stored)
    outcome.output_hash, outcome.replayed_hash = content_hash(stored), content_hash(again)


def _alone(script: str, document: Any, file: Path) -> dict[str, Any]:
    """Let a script check a document away from everything of ours; return what it says."""
    file.write_text(json.dumps(document), encoding="utf-8")
    ran = subprocess.run(
        [sys.executable, "-I", script, "--json", str(file)],
        capture_output=True,
        text=True,
        check=False,
    )
    told: dict[str, Any] = json.loads(ran.stdout) if ran.returncode == 0 else {}
    return told


# --- In call rounds ----------------------------------------------------------------------------


def in_rounds(found: TraceMarket, directory: Path, *, solve_seconds: int = 2) -> Outcome:
    """Enter every job in the round of its part, decide all, and check each export alone."""
    outcome, began = Outcome(), time.monotonic()
    rounds = {part: _scheduled(part, solve_seconds) for part in found.parts}
    for buyer, jobs in found.of_buyers():
        for job in jobs:
            place_in_round(rounds[job.part], buyer, _asks(job), at=OPEN, key=job.name)
    done = [decided(row, ENDED) for row in rounds.values()]
    outcome.seconds = time.monotonic() - began
    _tell_round_orders(found, outcome)
    _check_alone(done, outcome, directory)
    return outcome


def _scheduled(part: Part, solve_seconds: int) -> CallRound:
    return scheduled(
        resource_class=part.resource_class,
        hubs=(part.hub,),
        chips=() if part.chip == VCPU else (part.chip,),
        solve_seconds=solve_seconds,
    )


def _asks(job: Job) -> contracts.OrderTerms:
    wanted = contracts.RoundOption(units_milli=job.units_milli, starts_at=FROM, hours=job.hours)
    return asks(job.limit_minor, wanted, use_vouchers=False)


def _tell_round_orders(found: TraceMarket, outcome: Outcome) -> None:
    jobs = {job.name: job for job in found.jobs}
    with tenancy.acting_as_platform():
        for order in RoundOrder.objects.filter(key__in=jobs):
            job = jobs[order.key]
            if not order.why:
                outcome.unexplained.append(job.name)
            elif order.state == "FILLED":
                outcome.filled += 1
                outcome.card_milli_hours += (order.got_milli or 0) * job.hours
            else:
                outcome.reasons[order.why] += 1


def _check_alone(done: Sequence[CallRound], outcome: Outcome, directory: Path) -> None:
    """Let the stand-alone script check every export, and say its hash."""
    outcome.rounds = len(done)
    stored, again = [], []
    for row in done:
        with tenancy.acting_as_platform():
            result = RoundResult.objects.get(round_id=row.pk)
        told = _alone(verify_round.__file__, result.document, directory / f"{row.number}.json")
        stored.append([row.number, result.document_hash])
        again.append([row.number, told.get("sha256")])
    outcome.output_hash, outcome.replayed_hash = content_hash(stored), content_hash(again)
