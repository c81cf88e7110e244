"""
The services of one machine, each with a clock that a test can move (libfaketime).

`python -m tests.platform.faked serve` is `python -m embedded serve`; what stands in
`clock-SERVICE` of the state directory, `+1d` for example, is how far that service's clock is off.
"""

import dataclasses
import sys
from pathlib import Path

from embedded import __main__ as command_line
from embedded.services import Machine
from embedded.supervisor import Service

# Debian's libfaketime refuses the sleep that Python chooses while the monotonic clock is real.
SLEEP = """
import select, time
time.sleep = lambda seconds: select.select([], [], [], max(0, seconds)) and None
"""
LIBRARIES = ("/usr/lib/x86_64-linux-gnu/faketime", "/usr/lib/aarch64-linux-gnu/faketime")
SERVICES = ("postgres", "worker", "beat", "web")


def library() -> Path | None:
    """Return libfaketime's library for programs with threads, if it is installed."""
    found = [Path(it) / "libfaketimeMT.so.1" for it in LIBRARIES]
    return next((it for it in found if it.exists()), None)


def set_clock(directory: Path, service: str, offset: str) -> None:
    """Move a service's clock; it looks again within a second."""
    unfinished = directory / f"clock-{service}.new"
    unfinished.write_text(f"{offset}\n")
    unfinished.chmod(0o644)
    unfinished.replace(directory / f"clock-{service}")


class FakedMachine(Machine):
    """A machine whose services each have a clock of their own."""

    def _service(self, name: str, command: list[str], **options: object) -> Service:
        return self._faked(super()._service(name, command, **options))

    def _database(self) -> Service:
        return self._faked(super()._database())

    def _faked(self, service: Service) -> Service:
        set_clock(self.home.directory, service.name, "+0")
        sleep = self.home / "faked"
        sleep.mkdir(mode=0o755, exist_ok=True)
        (sleep / "sitecustomize.py").write_text(SLEEP)
        clock = {
            "LD_PRELOAD": str(library()),
            "FAKETIME_TIMESTAMP_FILE": str(self.home.directory / f"clock-{service.name}"),
            "FAKETIME_CACHE_DURATION": "1",
            # As for a clock that somebody set: the monotonic one goes on.
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
            "FAKETIME_DISABLE_SHM": "1",
            "PYTHONPATH": str(sleep),
        }
        return dataclasses.replace(service, environment=dict(service.environment) | clock)


if __name__ == "__main__":
    command_line.Machine = FakedMachine  # type: ignore[misc]
    sys.exit(command_line.main(sys.argv[1:]))
