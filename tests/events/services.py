"""
Which events each public service records, read from the source: nobody enters them here.

A service reaches a name if it, or a function or constant of its own room that it mentions, mentions
a member of the room's `event_names`.
"""

import ast
from functools import cache
from pathlib import Path

from django.apps import apps

ROOT = Path(__file__).resolve().parents[2]
TABLE = Path(__file__).parent / "recorded.txt"
HEADING = """\
# What each public service records; written by `python -m tests.events`. A service that records
# nothing says why behind a dash: checked by hand, kept by the command.
"""
# Rooms within a room, whose functions are called by their module.
BESIDE = {
    "identity.access_requests": "identity",
    "identity.pool_requests": "identity",
    "identity.appointments": "identity",
    "identity.suspensions": "identity",
    "identity.onboarding.closures": "identity.onboarding",
    "identity.profile_proposals": "identity",
    "marketplace.bulletin.boards": "marketplace.bulletin",
    "marketplace.bulletin.wall_links": "marketplace.bulletin",
}
Node = tuple[str, str]  # module, name


@cache
def rooms() -> list[str]:
    """Return the rooms that have services."""
    names = [config.name for config in apps.get_app_configs()]
    return sorted(
        name
        for name in names
        if (ROOT / name.replace(".", "/")).is_dir() and _file(f"{name}.services")
    )


@cache
def _file(module: str) -> Path | None:
    path = ROOT.joinpath(*module.split("."))
    found = (path.with_suffix(".py"), path / "__init__.py")
    return next((file for file in found if file.is_file()), None)


@cache
def _tree(module: str) -> ast.Module | None:
    file = _file(module)
    return ast.parse(file.read_text()) if file else None


@cache
def _imports(module: str) -> dict[str, Node]:
    """Return what names of a module stand for elsewhere; a whole module has an empty name."""
    found: dict[str, Node] = {}
    for node in ast.walk(_tree(module) or ast.Module([], [])):
        if isinstance(node, ast.ImportFrom) and node.module:
            for each in node.names:
                name = each.asname or each.name
                whole = f"{node.module}.{each.name}"
                found[name] = (whole, "") if _file(whole) else (node.module, each.name)
    return found


@cache
def _definitions(module: str) -> dict[str, ast.AST]:
    """Return the functions, classes and constants of a module."""
    found: dict[str, ast.AST] = {}
    for node in (_tree(module) or ast.Module([], [])).body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            found[node.name] = node
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            found |= {target.id: node for target in targets if isinstance(target, ast.Name)}
    return found


def _mentioned(module: str, node: ast.AST) -> list[tuple[Node, str]]:
    """Return what a piece of source mentions: a place, and the attribute that is read of it."""
    imported, own = _imports(module), _definitions(module)
    found: list[tuple[Node, str]] = []
    for each in ast.walk(node):
        attribute = ""
        if isinstance(each, ast.Attribute) and isinstance(each.value, ast.Name):
            name, attribute = each.value.id, each.attr
        elif isinstance(each, ast.Name):
            name = each.id
        else:
            continue
        if name in imported:
            found.append((imported[name], attribute))
        elif name in own:
            found.append(((module, name), attribute))
    return found


@cache
def _room_of(module: str) -> str:
    fitting = [room for room in rooms() if f"{module}.".startswith(f"{room}.")]
    return max(fitting, key=len, default="")


def recorded_by(room: str, service: str, module: str = "") -> set[str]:
    """Return the names that a public service records."""
    waiting: list[Node] = [_defined(module or f"{room}.services", service)]
    seen: set[Node] = set()
    names: set[str] = set()
    while waiting:
        module, name = place = waiting.pop()
        if place in seen or name not in _definitions(module):
            continue
        seen.add(place)
        for (other, member), attribute in _mentioned(module, _definitions(module)[name]):
            if other.endswith(".event_names"):
                names |= _values(other, member, attribute)
            elif _room_of(other) == room:
                waiting.append(_defined(other, member or attribute))
    return names


def _defined(module: str, name: str) -> Node:
    """Follow a name to the module that defines it."""
    while name not in _definitions(module) and name in _imports(module):
        module, name = _imports(module)[name]
    return module, name


def _values(module: str, choices: str, member: str) -> set[str]:
    body = getattr(_definitions(module).get(choices), "body", [])
    return {
        ast.literal_eval(node.value.elts[0])
        for node in body
        if isinstance(node, ast.Assign)
        and isinstance(node.value, ast.Tuple)
        and [target.id for target in node.targets if isinstance(target, ast.Name)] == [member]
    }


def public(room: str) -> list[str]:
    """Return the functions that a room's services offer."""
    module = f"{room}.services"
    listed = _definitions(module).get("__all__")
    names = (
        ast.literal_eval(listed.value)
        if isinstance(listed, ast.Assign)
        else [name for name in _definitions(module) if not name.startswith("_")]
    )
    return sorted(
        name
        for name in names
        if isinstance(_definitions(_defined(module, name)[0]).get(name), ast.FunctionDef)
        and _room_of(_defined(module, name)[0]) == room
    )


def every() -> dict[str, set[str]]:
    """Return every public service with the names that it records."""
    of_rooms = {
        f"{room}.{service}": recorded_by(room, service)
        for room in rooms()
        for service in public(room)
    }
    beside = {
        f"{module}.{name}": recorded_by(room, name, module)
        for module, room in BESIDE.items()
        for name, node in _definitions(module).items()
        if isinstance(node, ast.FunctionDef) and not name.startswith("_")
    }
    return of_rooms | beside


def listed() -> dict[str, str]:
    """Return the lines of the table: names, or a reason behind a dash."""
    lines = TABLE.read_text().splitlines() if TABLE.exists() else []
    return dict(line.split(": ", 1) for line in lines if line and not line.startswith("#"))


def lines() -> list[str]:
    """Return the table as it should be; reasons are kept, missing ones are asked for."""
    before = listed()
    return [
        f"{service}: {', '.join(sorted(names)) or _reason(before.get(service, ''))}"
        for service, names in sorted(every().items())
    ]


def _reason(line: str) -> str:
    return line if line.startswith("- ") else "- ?"
