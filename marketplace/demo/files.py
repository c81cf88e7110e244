"""The files that describe the sample market."""

import json
from pathlib import Path
from typing import Any, Final

DIRECTORY: Final = Path(__file__).parent / "data"


def entries(name: str) -> list[dict[str, Any]]:
    """Return the entries of one file, `organizations` for example."""
    content = json.loads((DIRECTORY / f"{name}.json").read_text(encoding="utf-8"))
    return list(content[name])
