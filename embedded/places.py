"""Where things lie that a service's user must reach, though root started it from a closed place."""

import contextlib
import fcntl
import hashlib
import os
import shutil
import stat
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from embedded.users import SystemUser

# Where the data of root's checkout goes when a service's user cannot reach the checkout.
REACHABLE_DIR: Final = Path("/var/lib/suanpan")


def reachable(directory: Path, account: SystemUser) -> Path:
    """Return the directory itself, or one elsewhere, with a link, if the user cannot get there."""
    directory.parent.mkdir(parents=True, exist_ok=True)
    parent = directory.parent.resolve()
    if directory.is_symlink():
        return directory.resolve()
    if account.is_ours or account.can_run(["/bin/sh", "-c", 'cd "$0"', str(parent)]):
        return parent / directory.name
    digest = hashlib.sha256(str(parent / directory.name).encode()).hexdigest()[:12]
    REACHABLE_DIR.mkdir(mode=0o755, parents=True, exist_ok=True)
    elsewhere = REACHABLE_DIR / digest
    if directory.is_dir():
        _move(directory, elsewhere)
    # A link at the old place says where the data went.
    with contextlib.suppress(FileExistsError):
        directory.symlink_to(elsewhere)
    return elsewhere


def _move(directory: Path, elsewhere: Path) -> None:
    """Move what an earlier version kept in a closed place, unless it runs from there."""
    with (directory / "lock").open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            message = f"Suanpan already runs from {directory}. Stop it first."
            raise SystemExit(message) from None
        shutil.move(directory, elsewhere)


USABLE: Final = (
    'if [ -d "$0" ]; then [ -r "$0" ] && [ -w "$0" ]; elif [ -e "$0" ]; then [ -r "$0" ]; '
    'else [ -w "$(dirname "$0")" ]; fi'
)


def can_use(account: SystemUser, arguments: Iterable[str]) -> bool:
    """Tell whether a user can read, or make, each file that a command's arguments name."""
    values = [argument.partition("=")[2] or argument for argument in arguments]
    paths = [path for value in values if (path := _path(value)) is not None]
    return account.is_ours or all(
        account.can_run(["/bin/sh", "-c", USABLE, str(path)]) for path in paths
    )


def _path(value: str) -> Path | None:
    """Return the file that a value names; a word, an address or a time zone names none."""
    path = Path(value).absolute()
    try:
        is_named = path.exists() or ("/" in value and path.parent.is_dir())
    except OSError:  # Too long for a name.
        return None
    return path if is_named else None


def give(directory: Path, account: SystemUser) -> None:
    """
    Give everything below a directory of the user's that root made there to the user.

    Only plain files and directories of root's that have one name: a link that somebody planted
    gives nothing else away.
    """
    if account.is_ours:
        return
    for _path, directories, files, place in os.fwalk(directory, follow_symlinks=False):
        for name in (*directories, *files):
            with contextlib.suppress(OSError):
                _give_one(name, place, account)


def _give_one(name: str, place: int, account: SystemUser) -> None:
    flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK
    descriptor = os.open(name, flags, dir_fd=place)
    try:
        seen = os.fstat(descriptor)
        is_single = stat.S_ISREG(seen.st_mode) and seen.st_nlink == 1
        if seen.st_uid == 0 and (is_single or stat.S_ISDIR(seen.st_mode)):
            os.fchown(descriptor, account.uid, account.gid)
    finally:
        os.close(descriptor)
