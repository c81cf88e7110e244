"""The users of this machine that services run as: PostgreSQL refuses root, the others need none."""

import os
import pwd
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

POSTGRES_VARIABLE: Final = "SUANPAN_POSTGRES_USER"
POSTGRES_DEFAULT: Final = "nobody"
APPLICATION_VARIABLE: Final = "SUANPAN_APP_USER"
# Not PostgreSQL's: whoever runs as the owner of the data may read and write all of it.
APPLICATION_DEFAULT: Final = "daemon"


@dataclass(frozen=True, slots=True)
class SystemUser:
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
            os.chown(path, self.uid, self.gid, follow_symlinks=False)

    def can_run(self, command: list[str], environment: Mapping[str, str] | None = None) -> bool:
        """Tell whether this user reaches a program and can start it."""
        try:
            subprocess.run(  # noqa: S603 - a fixed command of ours
                command,
                check=True,
                capture_output=True,
                cwd="/",
                env=os.environ | (environment or {}),
                **self.popen_arguments(),
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


def database_account(data_dir: Path) -> SystemUser:
    """
    Return who runs PostgreSQL: this user, or for root the owner of the data.

    No user is created. New data of root's belongs to `nobody`, unless SUANPAN_POSTGRES_USER says
    otherwise.
    """
    if os.geteuid() != 0:
        return _ourselves()
    if data_dir.exists() and (owner := data_dir.stat().st_uid) != 0:
        entry = pwd.getpwuid(owner)
        return SystemUser(entry.pw_name, entry.pw_uid, entry.pw_gid)
    return _named(POSTGRES_VARIABLE, POSTGRES_DEFAULT)


def application_account() -> SystemUser:
    """
    Return who runs web, worker and beat: this user, or for root one without rights.

    SUANPAN_APP_USER chooses another; `root` there lets them keep root's rights.
    """
    if os.geteuid() != 0:
        return _ourselves()
    return _named(APPLICATION_VARIABLE, APPLICATION_DEFAULT)


def _ourselves() -> SystemUser:
    return SystemUser(current_user_name(), os.geteuid(), os.getegid())


def _named(variable: str, default: str) -> SystemUser:
    name = os.environ.get(variable, default)
    try:
        entry = pwd.getpwnam(name)
    except KeyError:
        message = f"this machine has no user {name}; name one in {variable}"
        raise SystemExit(message) from None
    return SystemUser(entry.pw_name, entry.pw_uid, entry.pw_gid)
