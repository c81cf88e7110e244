"""Profiles as the repository ships them; a migration loads each into its immutable row."""

import json
from pathlib import Path
from typing import Any, Final

DATA: Final = Path(__file__).parent / "data"
CURRENT_VERSION: Final = "1"


def definition(version: str) -> dict[str, Any]:
    """Return the definition of a profile version as shipped."""
    text = (DATA / f"profile-{version}.json").read_text(encoding="utf-8")
    found: dict[str, Any] = json.loads(text)
    return found
