"""From values to a PDF. Values reach the paper as data: what a person typed is never markup."""

import json
from collections.abc import Callable
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any, Final

import typst

FOLDER: Final = Path(__file__).parent
FONTS: Final = FOLDER / "fonts"


def typeset(paper: str, values: dict[str, Any], *, at: datetime) -> bytes:
    """
    Return a paper as PDF/A-2b; the same values at the same moment give the same bytes.

    The standard asks for every glyph. Where a name holds what no font of ours has, the paper is a
    plain PDF that shows a box in its place: better than none.
    """
    compiled: Callable[..., Any] = partial(
        typst.compile,
        str(FOLDER / f"{paper}.typ"),
        root=str(FOLDER),
        font_paths=[str(FONTS)],
        format="pdf",
        sys_inputs={"values": json.dumps(values, ensure_ascii=False)},
        timestamp=int(at.timestamp()),
    )
    try:
        return bytes(compiled(pdf_standards="a-2b"))
    except typst.TypstError:
        return bytes(compiled())
