"""Plans to begin with: terms as data, each with a name in both languages."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

FILE: Final = Path(__file__).parent / "data" / "plan_templates.json"


@dataclass(frozen=True, slots=True)
class PlanTemplate:
    """Terms to begin a draft with."""

    code: str
    name: str
    name_en: str
    terms: Mapping[str, Any]


@cache
def plan_templates() -> tuple[PlanTemplate, ...]:
    """Return the templates, as the file orders them."""
    data = json.loads(FILE.read_text("utf-8"))
    return tuple(
        PlanTemplate(code, said["zh"], said["en"], said["terms"]) for code, said in data.items()
    )
