"""Every line that the market logs has a dotted name, `room.object.what`, and facts beside it."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
ROOMS = (
    "common",
    "identity",
    "ledger",
    "metering",
    "pricing",
    "gateway",
    "marketplace",
    "config",
    "embedded",
)
NAME = re.compile(r"[a-z_]+(\.[a-z_]+){2,3}")
LEVELS = {"debug", "info", "warning", "error", "exception", "critical"}
# It is told the name by whoever has the trouble: see below.
NAMED_BY_OTHERS = {"common/troubles.py"}
# They set logging up.
SET_UP = {"config/logs.py"}


def modules(room: str):
    for path in (ROOT / room).rglob("*.py"):
        if "migrations" not in path.parts:
            yield str(path.relative_to(ROOT)), ast.parse(path.read_text())


def calls(tree: ast.Module):
    return [node for node in ast.walk(tree) if isinstance(node, ast.Call)]


def is_log_call(call: ast.Call) -> bool:
    function = call.func
    return (
        isinstance(function, ast.Attribute)
        and function.attr in LEVELS
        and "log" in ast.unparse(function.value).rpartition(".")[2].lower()
    )


def is_trouble(call: ast.Call) -> bool:
    return ast.unparse(call.func).rpartition(".")[2] == "Trouble"


def unnamed(call: ast.Call) -> bool:
    return len(call.args) != 1 or not NAME.fullmatch(written(call.args[0]))


def written(name: ast.expr) -> str:
    """Return a name as it stands there; what is filled in counts as one word."""
    if isinstance(name, ast.JoinedStr):
        return "".join(written(part) for part in name.values)
    if isinstance(name, ast.FormattedValue):
        return "word"
    return str(name.value) if isinstance(name, ast.Constant) else ""


@pytest.mark.parametrize("room", ROOMS)
def test_every_log_call_has_a_dotted_name_and_named_facts(room):
    found = [
        f"{path}:{call.lineno}"
        for path, tree in modules(room)
        for call in calls(tree)
        if (is_log_call(call) or is_trouble(call)) and unnamed(call)
    ]

    assert [at for at in found if at.partition(":")[0] not in NAMED_BY_OTHERS] == []


@pytest.mark.parametrize("room", ROOMS)
def test_nobody_logs_past_structlog(room):
    found = {
        path
        for path, tree in modules(room)
        for node in ast.walk(tree)
        if (isinstance(node, ast.Import) and any(it.name == "logging" for it in node.names))
        or (isinstance(node, ast.ImportFrom) and node.module == "logging")
    }

    assert found <= SET_UP


@pytest.mark.parametrize(
    "line",
    [
        'logger.info("orders cleared")',
        'logger.info("orders.cleared")',
        'logger.info("orders.round.cleared round=%s", 1)',
        'logger.error(f"orders {x}")',
        "logger.exception(error)",
        'self.logger.warning("orders.round.cleared", round)',
        'Trouble("away")',
    ],
)
def test_a_line_without_a_name_is_found(line):
    call = calls(ast.parse(line))[0]

    assert is_log_call(call) or is_trouble(call)
    assert unnamed(call)
