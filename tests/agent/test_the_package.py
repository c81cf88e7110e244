"""The agent stands alone: its wheel imports what it declares, and no room of the market."""

import ast
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

from tests.house.test_house_rules import ROOMS

ROOT = Path(__file__).resolve().parents[2]
AGENT = ROOT / "agent"
IMPORTED_AS = {"prometheus-client": "prometheus_client"}


def imported(folder: Path) -> set[str]:
    names = set()
    for path in folder.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Import):
                names |= {alias.name.partition(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
                names.add(node.module.partition(".")[0])
    return names


def test_it_imports_what_it_declares_and_declares_what_it_imports():
    project = tomllib.loads((AGENT / "pyproject.toml").read_text())["project"]
    declared = {re.split(r"[<>=\[]", each)[0] for each in project["dependencies"]}

    foreign = imported(AGENT / "src") - set(sys.stdlib_module_names) - {"suanpan_agent"}

    assert foreign == {IMPORTED_AS.get(name, name) for name in declared}


def test_no_room_of_the_market_imports_it():
    found = [
        path
        for room in ROOMS
        for path in (ROOT / room).rglob("*.py")
        if re.search(r"^\s*(import|from) suanpan_agent\b", path.read_text(), re.MULTILINE)
    ]

    assert found == []


def test_its_wheel_is_built_and_works_by_itself(tmp_path):
    uv = ROOT / ".venv" / "uv" / "bin" / "uv"
    build = [str(uv), "build", "--quiet", "--offline", "--wheel", str(AGENT), "-o", str(tmp_path)]
    subprocess.run(build, check=True)
    (wheel,) = tmp_path.glob("suanpan_agent-*.whl")

    said = subprocess.run(
        [sys.executable, "-m", "suanpan_agent", "--version"],
        env={**os.environ, "PYTHONPATH": str(wheel)},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )

    assert said.stdout.strip() in wheel.name
