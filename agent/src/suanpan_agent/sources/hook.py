"""
A function of one's own.

`read(since: str | None) -> tuple[rows, str | None]`: rows are mappings with id, meter, starts_at,
ends_at, quantity and, if it is an order's, order; the text that it returns is what it is given the
next time, kept together with the rows.
"""

import importlib
import sys
from collections.abc import Callable
from typing import Any

import msgspec

from suanpan_agent import rows
from suanpan_agent.config import HookSource
from suanpan_agent.errors import SourceError
from suanpan_agent.sources import Known
from suanpan_agent.spool import Refused, Taken


class Hook:
    """One function."""

    def __init__(self, config: HookSource) -> None:
        self._config = config

    def look(self, known: Known) -> Taken:
        """Ask the function what is new."""
        found, since = self._asked(known)
        taken = Taken(places={"since": since} if since is not None else {})
        for row in found:
            try:
                taken.readings += rows.readings(
                    row, source=f"urn:suanpan:hook:{self._config.name}", meters=known.meters
                )
            except (ValueError, TypeError) as error:
                said = msgspec.json.encode(row, enc_hook=str)[:2000]
                taken.refused.append(Refused("bad_row", str(error)[:500], said))
                taken.odd["bad_row"] += 1
        return taken

    def sample(self, known: Known) -> str:
        """Ask the function, and keep nothing."""
        found, _since = self._asked(known)
        return f"rows: {len(found)}"

    def _asked(self, known: Known) -> tuple[list[Any], str | None]:
        try:
            found, since = self._function()(known.places.get("since"))
            return list(found), since
        except Exception as error:
            message = f"{self._config.function}: {type(error).__name__}: {error}"
            raise SourceError(message) from error

    def _function(self) -> Callable[[str | None], Any]:
        if self._config.path and self._config.path not in sys.path:
            sys.path.insert(0, self._config.path)
        module, _colon, name = self._config.function.partition(":")
        function: Callable[[str | None], Any] = getattr(importlib.import_module(module), name)
        return function
