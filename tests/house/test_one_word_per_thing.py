"""One word per thing: whoever reads a name anywhere in the product knows what it is."""

import ast
from collections.abc import Iterator
from pathlib import Path

from tests.house.test_house_rules import ROOMS

ROOT = Path(__file__).resolve().parents[2]
KINDS = {"services", "selectors", "rules"}
# They are asked by every room, and called by what they are.
CALLED_BY_THEIR_NAME = {"identity.events", "identity.approvals"}


def modules() -> Iterator[tuple[str, ast.Module]]:
    """Yield each module of the product: its dotted name and its tree."""
    for room in ROOMS:
        for path in sorted((ROOT / room).rglob("*.py")):
            if "migrations" not in path.parts:
                name = ".".join(path.relative_to(ROOT).with_suffix("").parts)
                yield name, ast.parse(path.read_text())


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
