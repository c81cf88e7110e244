"""
A process of its own that decides a round, and dies by kill -9 in the middle of it.

`python -m tests.rounds.killed ROUND POINT MOMENT` is that process; it inherits the test's database.
"""

import os
import signal
import subprocess
import sys
from datetime import datetime
from typing import Any
from uuid import UUID

import django
from django.db import connections

# Where it dies: once an answer was found, or once all was carried out and nothing committed.
POINTS = {"solved": ("keeping", "give_back"), "carried": ("telling", "of_round")}


def decided_and_killed(round_id: UUID, point: str, *, now: datetime) -> None:
    """Let another process begin to decide a round, and die at a point."""
    connections.close_all()
    command = [sys.executable, "-m", "tests.rounds.killed", str(round_id), point, now.isoformat()]
    done = subprocess.run(command, check=False, capture_output=True, timeout=60)
    assert done.returncode == -signal.SIGKILL, done.stderr.decode()[-2000:]


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    from marketplace.rounds.services import deciding

    def die(*_args: Any, **_facts: Any) -> None:
        os.kill(os.getpid(), signal.SIGKILL)

    round_id, point, now = sys.argv[1:]
    module, name = POINTS[point]
    setattr(getattr(deciding, module), name, die)
    deciding.decide_round(round_id=UUID(round_id), now=datetime.fromisoformat(now))


if __name__ == "__main__":
    main()
