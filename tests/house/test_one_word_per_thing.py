"""One word per thing: whoever reads a name anywhere in the product knows what it is."""

import ast
from functools import cache
from pathlib import Path

from tests.house.test_house_rules import ROOMS

ROOT = Path(__file__).resolve().parents[2]
KINDS = {"services", "selectors", "rules"}
# They are asked by every room, and called by what they are.
CALLED_BY_THEIR_NAME = {"identity.events", "identity.approvals"}


@cache
def modules() -> list[tuple[str, ast.Module]]:
    """Return each module of the product, read once: its dotted name and its tree."""
    return [
        (".".join(path.relative_to(ROOT).with_suffix("").parts), ast.parse(path.read_text()))
        for room in ROOMS
        for path in sorted((ROOT / room).rglob("*.py"))
        if "migrations" not in path.parts
    ]


def test_services_selectors_and_rules_of_another_room_are_called_by_room_and_kind():
    """`from marketplace.catalog import rules as catalog_rules`: what `catalog` is, nobody asks."""
    others = [
        f"{name}: from {node.module} import {alias.name} as {alias.asname or alias.name}"
        for name, tree in modules()
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module
        for alias in node.names
        if alias.name in KINDS
        and not name.startswith(f"{node.module}.")
        and node.module not in CALLED_BY_THEIR_NAME
        and (alias.asname or alias.name) != f"{node.module.rpartition('.')[2]}_{alias.name}"
    ]

    assert others == []


# What nobody imports by a bare name: it is always called with its module, or has a name of its own.
QUALIFIED = {
    "tasks": "a task is called as the service that it rings",
    "views": "a page is called as what it shows, in `portal.urls` alone",
    "templatetags": "a filter is called as templates write it",
    "locks": "always `locks.…`",
    "telling": "each room tells its own events",
}
# Kits that pages are made of: always called `desk.…`, `drawing.…`, as a test sees.
KITS = {"marketplace.portal.desk", "marketplace.portal.drawing"}
# Auditors' scripts stand alone, and have names of their own.
SCRIPTS = {
    "gateway.witness.verify_witness",
    "ledger.verify_ledger",
    "marketplace.audit.verify_export",
    "marketplace.policy.verify_run",
    "marketplace.rounds.verify_round",
    "marketplace.orders.verify_clearing",
    "marketplace.demands.verify_demand",
    "marketplace.fulfilment.seal_access",
    "marketplace.assurance.verify_level",
    "marketplace.drivers.check_driver",
    "marketplace.assurance.verify_scores",
}
# A row, what others see of it, and how a body spells it are one thing in three layers of one room.
LAYERS = {"models", "contracts", "serializers", "cloudevents"}
MEANT = {
    "Period": "a stretch of time; the ledger's table of those that are closed",
}


def room_of(module: str) -> str:
    first, _, rest = module.partition(".")
    return f"{first}.{rest.partition('.')[0]}" if first == "marketplace" else first


def is_of_a_kit(module: str) -> bool:
    return any(module == kit or module.startswith(f"{kit}.") for kit in KITS)


def homes(kind: type[ast.stmt]) -> dict[str, list[str]]:
    """Return in which modules each public class, or function, is defined."""
    found: dict[str, list[str]] = {}
    for name, tree in modules():
        if name in SCRIPTS or ".management." in name or is_of_a_kit(name):
            continue
        for node in tree.body:
            if isinstance(node, kind) and not node.name.startswith("_"):
                found.setdefault(node.name, []).append(name)
    return found


def are_layers(places: list[str]) -> bool:
    """Tell whether a name is one thing, in several layers of one room."""
    kinds = {place.rpartition(".")[2] for place in places}
    return len({room_of(place) for place in places}) == 1 and kinds <= LAYERS


def test_no_two_classes_have_one_name():
    twice = {
        name: places
        for name, places in homes(ast.ClassDef).items()
        if len(places) > 1 and name not in MEANT and not are_layers(places)
    }

    assert twice == {}


def test_a_kit_is_called_by_its_name():
    bare = [
        f"{name}: from {node.module} import {alias.name}"
        for name, tree in modules()
        if not is_of_a_kit(name)
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and is_of_a_kit(str(node.module))
        for alias in node.names
        if alias.name != "urls"
    ]

    assert bare == []


def test_no_exception_is_older_than_its_reason():
    classes = homes(ast.ClassDef)

    assert [name for name in MEANT if len(classes.get(name, [])) < 2] == []


def test_no_two_functions_are_imported_under_one_name():
    functions = homes(ast.FunctionDef)
    bare: dict[str, set[str]] = {}
    for name, tree in modules():
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom) and not name.endswith("__init__"):
                for alias in (each for each in node.names if not each.asname):
                    bare.setdefault(alias.name, set()).add(str(node.module))

    twice = {
        name: places
        for name, there in functions.items()
        if len(places := [it for it in there if not set(it.split(".")) & set(QUALIFIED)]) > 1
        and any(place in bare.get(name, ()) for place in places)
    }

    assert twice == {}
