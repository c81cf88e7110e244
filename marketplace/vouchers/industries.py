"""Industries that programmes are made for: whom they name, and what a draft for one begins with."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

from django.utils.translation import get_language

from marketplace.vouchers.contracts import ProgrammeRules

DATA: Final = Path(__file__).with_name("data") / "industries.json"


@dataclass(frozen=True, slots=True)
class IndustryScene:
    """An industry: its codes of GB/T 4754, and the members that a draft for it begins with."""

    key: str
    words: Mapping[str, str]
    codes: tuple[str, ...]
    name: str
    name_en: str
    rules: Mapping[str, Any]

    @property
    def label(self) -> str:
        """Return what it is called in the reader's language."""
        return self.words.get((get_language() or "en")[:2], self.words["en"])

    def is_named_by(self, parsed: ProgrammeRules) -> bool:
        """Tell whether a programme is made for it: it names one of its codes, or a part of one."""
        asked = parsed.terms.beneficiaries.industries if parsed.terms else None
        return any(
            code.startswith(own) or own.startswith(code)
            for code in asked or ()
            for own in self.codes
        )


@cache
def scenes() -> Mapping[str, IndustryScene]:
    """Return every industry by its key."""
    found = json.loads(DATA.read_text(encoding="utf-8"))
    return {
        each["key"]: IndustryScene(
            each["key"],
            each["label"],
            tuple(each["codes"]),
            each["name"],
            each["name_en"],
            each["rules"],
        )
        for each in found
    }
