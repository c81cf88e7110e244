"""
How well and how fast call rounds are decided: cases of `bin/bench clearing`.

`uniform_round_1m_s` is core time of one product-by-product round of a million divisible orders.
The gang rounds are jobs of the openb trace on its nodes (`BENCH_OPENB` names its folder; without it
jobs and nodes of the same shapes are drawn): how much of the proved bound the solver reaches in its
seconds, in a process of its own, and how many seconds all jobs on all nodes took to be decided.
"""

import csv
import os
import random
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.report import Case
from marketplace.rounds import solving, uniform
from marketplace.rounds.packing import AskedOrder, Bin, BinChoice, Puzzle, RoundAnswer

OPENB = Path(os.environ.get("BENCH_OPENB", "/nonexistent"))
RUNS = int(os.environ.get("BENCH_RUNS", "5"))
ORDERS, ASKS, PRODUCTS = 1_000_000, 20_000, 1_000
GANGS = {"gang_round_2000": (2_000, 300, 9.0), "gang_round_8000_s": (8_152, 1_213, 25.0)}
GPU = 1_000


def cases(is_asked: Callable[[str], bool]) -> list[Case]:
    """Return the cases of call rounds that are asked for."""
    found = []
    if is_asked("uniform_round_1m_s"):
        found.append(Case("uniform_round_1m_s", "s of core time", _uniform(RUNS)))
    if is_asked("gang_round_2000"):
        answers = [_gangs("gang_round_2000")[0] for _each in range(min(RUNS, 2))]
        found.append(Case("gang_round_2000", "of the proved bound", [share(a) for a in answers]))
    if is_asked("gang_round_8000_s"):
        answer, seconds = _gangs("gang_round_8000_s")
        found.append(Case("gang_round_8000_s", "s", [seconds]))
        found.append(Case("gang_round_8000_share", "of the proved bound", [share(answer)]))
    return found


def share(answer: RoundAnswer) -> float:
    """Return how much of its bound an answer reaches."""
    return 1.0 if not answer.bound else answer.value / answer.bound


def _uniform(runs: int) -> list[float]:
    rows = np.random.default_rng(1)
    bids = uniform.Bids(
        uniform.integers(rows.integers(0, PRODUCTS, ORDERS)),
        uniform.integers(rows.integers(200, 600, ORDERS)),
        uniform.integers(rows.integers(1, 1_000, ORDERS)),
    )
    asks = uniform.Asks(
        uniform.integers(rows.integers(0, PRODUCTS, ASKS)),
        uniform.integers(rows.integers(100, 700, ASKS)),
        uniform.integers(rows.integers(1, 60_000, ASKS)),
    )
    seconds = []
    for _each in range(runs + 1):
        started = time.process_time()
        done = uniform.clear(bids, asks, products=PRODUCTS)
        seconds.append(time.process_time() - started)
        assert int(done.filled.sum()) == int(done.volume.sum())
    return seconds[1:]


def _gangs(name: str) -> tuple[RoundAnswer, float]:
    jobs, nodes, seconds = GANGS[name]
    puzzle = _puzzle(jobs, nodes)
    started = time.perf_counter()
    answer = solving.solve(puzzle, seconds=seconds)
    took = time.perf_counter() - started
    sys.stderr.write(
        f"{name}: {len(answer.placed)} of {len(puzzle.orders)} jobs, value {answer.value},"
        f" bound {answer.bound}, {share(answer):.4f}, {took:.1f} s\n"
    )
    return answer, took


def _puzzle(jobs: int, nodes: int) -> Puzzle:
    """Return jobs on nodes as a puzzle: processors, memory and thousandths of cards run out."""
    hosts = _rows("openb_node_list_gpu_node.csv", _drawn_node)[:nodes]
    pods = _rows("openb_pod_list_default.csv", _drawn_pod)[:jobs]
    bins = tuple(
        Bin((int(each["cpu_milli"]), int(each["memory_mib"]), int(each["gpu"]) * GPU))
        for each in hosts
    )
    sets: dict[tuple[int, ...], int] = {}
    whole = [sum(each.free[column] for each in bins) for column in range(3)]
    orders = sorted((_order(pod, hosts, sets, whole) for pod in pods), key=lambda each: each[0])
    return Puzzle(
        bins, tuple(sets), tuple(order for _rank, order in orders), seed=1, is_priced=False
    )


def _order(
    pod: dict[str, str],
    hosts: Sequence[dict[str, str]],
    sets: dict[tuple[int, ...], int],
    whole: Sequence[int],
) -> tuple[float, AskedOrder]:
    """Return a job and its place among all: the most worth for what it takes first."""
    cards = int(pod["num_gpu"]) * int(pod["gpu_milli"])
    each = (int(pod["cpu_milli"]), int(pod["memory_mib"]), cards)
    wanted = set(filter(None, pod["gpu_spec"].split("|")))
    where = tuple(n for n, host in enumerate(hosts) if not wanted or host["model"] in wanted)
    place = sets.setdefault(where, len(sets))
    worth = each[0] // 100 + each[1] // 1024 + each[2] // 10 + 1
    taken = sum(much / all_ for much, all_ in zip(each, whole, strict=True))
    choice = BinChoice(where=place, first=0, last=3, most=1, least=1, each=each)
    return -worth / taken, AskedOrder(limit=worth, choices=(choice,))


def _rows(name: str, drawn: Callable[[random.Random, int], dict[str, str]]) -> list[dict[str, Any]]:
    path = OPENB / name
    if path.exists():
        with path.open(encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file))
    dice = random.Random(7)  # noqa: S311 - a load, not a secret
    return [drawn(dice, number) for number in range(8_152)]


def _drawn_node(dice: random.Random, _number: int) -> dict[str, str]:
    cards = dice.choice((2, 2, 4, 8, 8))
    model = dice.choice(("T4", "T4", "P100", "V100M16", "G2", "G3"))
    return {
        "cpu_milli": str(cards * 12_000),
        "memory_mib": str(cards * 49_152),
        "gpu": str(cards),
        "model": model,
    }


def _drawn_pod(dice: random.Random, _number: int) -> dict[str, str]:
    cards = dice.choice((1, 1, 1, 1, 1, 2, 4, 8))
    return {
        "cpu_milli": str(dice.choice((4, 6, 8, 12, 16)) * 1_000 * cards),
        "memory_mib": str(dice.choice((8, 16, 30)) * 1_024 * cards),
        "num_gpu": str(cards),
        "gpu_milli": str(GPU if cards > 1 else dice.choice((250, 460, 500, 1_000, 1_000))),
        "gpu_spec": dice.choice(("", "", "", "V100M16", "T4|P100")),
    }
