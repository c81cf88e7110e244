"""Rooms ring by names; each name is mapped to tasks that exist and take what the ring carries."""

import ast
import inspect
import re
from functools import cache
from pathlib import Path

import pytest
from celery import current_app

from config import bells
from tests.house.test_house_rules import ROOMS

ROOT = Path(__file__).resolve().parents[2]
WIRING = "config"
TASK_NAME = re.compile(r"[\"'][a-z_]+(\.[a-z_]+)*\.tasks\.[a-z_]+[\"']")
SENDING = re.compile(r"\bsend_task\b|\.apply_async\b|\.delay\(|\bcurrent_app\b")


def modules():
    for room in ROOMS:
        for path in (ROOT / room).rglob("*.py"):
            yield path.relative_to(ROOT), path.read_text()


@cache
def rings() -> dict[str, set[frozenset[str]]]:
    """Return each bell that the code rings, and the names that each of its rings carries."""
    found: dict[str, set[frozenset[str]]] = {}
    for text in (text for _path, text in modules() if "doorbell" in text):
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "doorbell.ring":
                bell = ast.literal_eval(node.args[0])
                names = frozenset(str(keyword.arg) for keyword in node.keywords)
                found.setdefault(bell, set()).add(names)
    return found


def task(name: str):
    current_app.loader.import_default_modules()
    return current_app.tasks[name]


def parameters(name: str) -> dict[str, inspect.Parameter]:
    found = inspect.signature(task(name).run).parameters
    return {key: it for key, it in found.items() if it.kind != it.VAR_KEYWORD}


def test_every_bell_that_is_rung_is_mapped_and_every_mapped_bell_is_rung():
    assert set(rings()) == set(bells.BELLS)


def test_all_rings_of_a_bell_carry_the_same_names():
    assert {bell: kinds for bell, kinds in rings().items() if len(kinds) > 1} == {}


@pytest.mark.parametrize("bell", bells.BELLS)
def test_every_task_that_hears_a_bell_exists_and_takes_what_it_carries(bell):
    (names,) = rings()[bell]
    for listener in bells.BELLS[bell]:
        required = {k for k, it in parameters(listener).items() if it.default is it.empty}

        assert required <= names <= set(parameters(listener))


def test_only_the_wiring_names_tasks_and_sends_them():
    named = {
        str(path)
        for path, text in modules()
        if path.parts[0] != WIRING and (TASK_NAME.search(text) or SENDING.search(text))
    }

    assert named == set()
