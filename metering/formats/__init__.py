"""
Usage as others write it down, read line by line.

`detect` names the format of a file by its first line; `parse` yields one `UsageRow` or `BadRow` for
each line of use, in the order of the file, without holding it in memory. Nothing here touches a
database: what rows become is the business of the command that reads them.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import Final

from metering.contracts import BadRow, UnknownFormat, UsageFormat, UsageRow
from metering.formats import azure_llm, cloudevents_jsonl, openb_pods, slurm_sacct
from metering.formats.lines import Reckoning

Parser = Callable[[Iterable[str], Reckoning], Iterator[UsageRow | BadRow]]

PARSERS: Final[dict[UsageFormat, Parser]] = {
    UsageFormat.CLOUDEVENTS: cloudevents_jsonl.parse,
    UsageFormat.OPENB_PODS: openb_pods.parse,
    UsageFormat.AZURE_LLM: azure_llm.parse,
    UsageFormat.SLURM: slurm_sacct.parse,
}
_RECOGNISERS: Final = {
    UsageFormat.CLOUDEVENTS: cloudevents_jsonl.recognises,
    UsageFormat.OPENB_PODS: openb_pods.recognises,
    UsageFormat.AZURE_LLM: azure_llm.recognises,
    UsageFormat.SLURM: slurm_sacct.recognises,
}

__all__ = ["PARSERS", "Reckoning", "detect", "parse"]


def detect(first_line: str) -> UsageFormat:
    """
    Name the format that a file's first line belongs to.

    :raises UnknownFormat: if it is none that can be read
    """
    line = first_line.removeprefix("\ufeff").strip()
    for usage_format, recognises in _RECOGNISERS.items():
        if recognises(line):
            return usage_format
    raise UnknownFormat(known=", ".join(UsageFormat))


def parse(
    lines: Iterable[str], *, usage_format: UsageFormat, reckoning: Reckoning | None = None
) -> Iterator[UsageRow | BadRow]:
    """Read the lines of a file, its header included."""
    return PARSERS[usage_format](lines, reckoning or Reckoning())
