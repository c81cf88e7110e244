"""What an import tells the person, or the program, that ran it."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from decimal import Decimal
from typing import Any, Final

from rich.table import Table

from common import commands
from marketplace.importing.usage.contracts import Imported, ImportFile

SHOWN_MAX: Final = 50


@dataclass(frozen=True, slots=True)
class RunFacts:
    """How an import was run, as far as its summary says so."""

    file: ImportFile
    path: str
    charset: str
    region: str
    kept: bool
    seconds: float
    peak_memory_mib: int


def as_json(run: RunFacts, imported: Imported) -> dict[str, Any]:
    """Return everything as one object; every line that was refused or not settled is named."""
    figures = asdict(imported)
    del figures["ends"]
    facts = {
        "file": run.path,
        "format": run.file.usage_format,
        "source": run.file.source,
        "zone": run.file.zone,
        "charset": run.charset,
        "region": run.region,
        "kept": run.kept,
        "seconds": run.seconds,
        "peak_memory_mib": run.peak_memory_mib,
    }
    told = {
        "rows_add_up": imported.is_counted,
        "balanced": imported.is_balanced,
        "hint": hint(run, imported),
    }
    return facts | figures | told


def named_lines(imported: Imported) -> Iterator[str]:
    """Yield the lines that were refused, then those that were not settled; the first of each."""
    refused = [f"line {each.line}: {each.code}: {each.detail}" for each in imported.refused]
    undone = [
        f"line {each.line}: {each.code}: {f'{each.order}: ' if each.order else ''}{each.detail}"
        for each in imported.undone
    ]
    for named in (refused, undone):
        yield from named[:SHOWN_MAX]
        if len(named) > SHOWN_MAX:
            yield f"… and {len(named) - SHOWN_MAX} more; --json lists them all"


def table(run: RunFacts, imported: Imported) -> Table:
    """Return the figures for people."""
    result = Table(
        title=f"{run.file.name} ({run.file.usage_format})", show_header=False, min_width=48
    )
    result.add_column(style="bold")
    result.add_column(justify="right")
    for label, value in _figures(run, imported):
        result.add_row(label, value)
    return result


def hint(run: RunFacts, imported: Imported) -> str:
    """Return what to do if most orders met no offer; nothing otherwise."""
    without, decided = imported.orders_without_capacity, imported.orders_decided
    if 2 * without <= decided:
        return ""
    told = (
        f"{without:,} of {decided:,} orders were rejected because no capacity was offered then."
        " Import capacity first: manage.py import_capacity NODES.csv --region"
        f" {run.region}; then import this file"
    )
    # Orders are remembered by their source, with how they ended.
    is_remembered = run.kept and imported.orders_placed + imported.orders_known > 0
    return f"{told} under another --source." if is_remembered else f"{told} again."


def _figures(run: RunFacts, imported: Imported) -> Iterator[tuple[str, str]]:
    """Yield what is worth telling: figures of steps that did not happen are left out."""
    yield "source", run.file.source
    yield "times without a zone are", run.file.zone
    yield from _rows(imported)
    counts = {
        "orders placed": imported.orders_placed,
        "orders known before": imported.orders_known,
        "orders cleared": imported.orders_cleared,
        "meters registered": imported.meters,
        "readings taken": imported.readings,
        "readings known before": imported.readings_known,
        "windows closed": imported.windows_closed,
        "usage records": imported.usage_records,
        "charges": imported.charges,
        "contracts settled": imported.contracts_settled,
        "contracts still open": imported.contracts_open,
    }
    yield from ((label, f"{count:,}") for label, count in counts.items() if count)
    for code, count in sorted(imported.orders_rejected.items()):
        yield f"orders rejected: {code}", f"{count:,}"
    yield from _amounts(imported)
    yield "kept", "yes" if run.kept else f"no; {commands.NUMBERS_SKIP}"
    yield "time", f"{run.seconds} s"
    yield "peak memory", f"{run.peak_memory_mib} MiB"


def _rows(imported: Imported) -> Iterator[tuple[str, str]]:
    yield "rows", f"{imported.rows:,}"
    ends = {
        "  taken in": imported.rows_in,
        "  known before": imported.rows_known,
        "  refused": imported.rows_refused,
        "  never started, no order": imported.never_started,
        "  steps of jobs": imported.steps,
    }
    yield from ((label, f"{count:,}") for label, count in ends.items() if count)
    if not imported.is_counted:
        yield "  rows", "DO NOT ADD UP"
    yield from ((f"  {note}", f"{count:,}") for note, count in sorted(imported.notes.items()))


def _amounts(imported: Imported) -> Iterator[tuple[str, str]]:
    if imported.orders_unused:
        yield "orders never used", f"{imported.orders_unused:,}"
        yield "billed for them", _yuan(imported.unused_billed_minor)
    if imported.tokens:
        yield "tokens", f"{imported.tokens:,f}"
    amounts = {
        "rated": imported.rated_minor,
        "collected": imported.gross_minor,
        "not collected": imported.uncollected_minor,
        "fees": imported.fee_minor,
        "holds released": imported.released_minor,
    }
    yield from ((label, _yuan(minor)) for label, minor in amounts.items() if minor)
    yield "debits of the market", _amount(imported.ledger_debits_minor)
    yield "credits of the market", _amount(imported.ledger_credits_minor)
    yield "ledger", "balanced" if imported.is_balanced else "NOT BALANCED"


def _yuan(minor: int) -> str:
    return f"¥{_amount(minor)}"


def _amount(minor: int) -> str:
    return f"{Decimal(minor).scaleb(-2):,.2f}"
