"""CloudEvents, one a line: what agents would have sent over HTTP, kept in a file."""

from collections.abc import Iterable, Iterator

from metering import cloudevents
from metering.contracts import BadRow, Reading, RefusedRow, UsageRow
from metering.formats.lines import LINE_LENGTH_MAX, Reckoning


def recognises(line: str) -> bool:
    """Return whether a line looks like an event."""
    return line.startswith("{") and '"specversion"' in line


def parse(
    lines: Iterable[str],
    reckoning: Reckoning,  # noqa: ARG001 - events name their time zone themselves
) -> Iterator[UsageRow | BadRow]:
    """Yield each event's use, in the unit that it names."""
    for number, reading in readings(lines):
        if isinstance(reading, BadRow):
            yield reading
            continue
        yield UsageRow(
            line=number,
            subject_name=str(reading.subject or ""),
            requested_at=None,
            starts_at=reading.starts_at,
            ends_at=reading.ends_at,
            quantity=reading.quantity,
            unit=reading.unit,
            facts={
                "meter": str(reading.meter_id),
                "source": reading.source,
                "id": reading.event_id,
            },
        )


def readings(lines: Iterable[str]) -> Iterator[tuple[int, Reading | BadRow]]:
    """Yield each event as a reading that `metering.services.ingest` takes, with its line."""
    for number, line in enumerate(lines, start=1):
        text = line.removeprefix("\ufeff").strip() if number == 1 else line.strip()
        if text:
            yield number, _reading(number, text)


def _reading(number: int, text: str) -> Reading | BadRow:
    if len(text) > LINE_LENGTH_MAX:
        return BadRow(number, "line_too_long", f"longer than {LINE_LENGTH_MAX} characters")
    result = cloudevents.decode_event(text.encode("utf-8", "surrogatepass"))
    if isinstance(result, RefusedRow):
        return BadRow(number, str(result.code), result.detail)
    return result
