"""The user that PostgreSQL runs as: it refuses root."""

import os
import pwd
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

USER_VARIABLE: Final = "SUANPAN_POSTGRES_USER"
DEFAULT_USER: Final = "nobody"


@dataclass(frozen=True, slots=True)
class Account:
    """A user of this machine, and whether a child must change to it."""

    name: str
    uid: int
    gid: int

    @property
    def is_ours(self) -> bool:
        """Whether this process already runs as this user."""
        return self.uid == os.geteuid()

    def popen_arguments(self) -> dict[str, Any]:
        """Return the arguments with which subprocess starts a child as this user."""
        if self.is_ours:
            return {}
        return {"user": self.uid, "group": self.gid, "extra_groups": []}

    def own(self, path: Path) -> None:
        """Give a file or directory to this user."""
        if not self.is_ours:
            os.chown(path, self.uid, self.gid)

    def can_run(self, command: list[str]) -> bool:
        """Tell whether this user reaches a program and can start it."""
        try:
            subprocess.run(  # noqa: S603 - a fixed command of ours
                command, check=True, capture_output=True, cwd="/", **self.popen_arguments()
            )
        except (OSError, subprocess.SubprocessError):
            return False
        return True


def current_user_name() -> str:
    """Return the name under which PostgreSQL's peer authentication sees this process."""
    try:
        return pwd.getpwuid(os.geteuid()).pw_name
    except KeyError:
        message = f"user {os.geteuid()} has no name on this machine; PostgreSQL needs one"
        raise SystemExit(message) from None


def database_account(data_dir: Path) -> Account:
    """
    Return who runs PostgreSQL: this user, or for root the owner of the data.

    No user is created. New data of root's belongs to `nobody`, unless SUANPAN_POSTGRES_USER says
    otherwise.
    """
    if os.geteuid() != 0:
        return Account(current_user_name(), os.geteuid(), os.getegid())
    if data_dir.exists() and (owner := data_dir.stat().st_uid) != 0:
        entry = pwd.getpwuid(owner)
    else:
        entry = pwd.getpwnam(os.environ.get(USER_VARIABLE, DEFAULT_USER))
    return Account(entry.pw_name, entry.pw_uid, entry.pw_gid)
