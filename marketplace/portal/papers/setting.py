"""From values to a PDF. Values reach the paper as data: what a person typed is never markup."""

import json
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import typst

FOLDER: Final = Path(__file__).parent
FONTS: Final = FOLDER / "fonts"


def typeset(paper: str, values: dict[str, Any], *, at: datetime) -> bytes:
    """Return a paper as PDF/A-2b; the same values at the same moment give the same bytes."""
    made = typst.compile(
        str(FOLDER / f"{paper}.typ"),
        root=str(FOLDER),
        font_paths=[str(FONTS)],
        format="pdf",
        sys_inputs={"values": json.dumps(values, ensure_ascii=False)},
        pdf_standards="a-2b",
        timestamp=int(at.timestamp()),
    )
    return bytes(made)
