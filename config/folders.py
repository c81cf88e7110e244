"""Folders that are made again when they are gone, shut, or something else stands in their place."""

import stat
from pathlib import Path
from uuid import uuid4


def mend(folder: Path) -> None:
    """
    See that a private folder of ours is there and may be used.

    What stands in its place is set aside under another name, never removed.

    :raises OSError: if that cannot be done now
    """
    if folder.exists() and not folder.is_dir():
        folder.replace(folder.with_name(f"{folder.name}.set-aside-{uuid4()}"))
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    mode = stat.S_IMODE(folder.stat().st_mode)
    if mode & stat.S_IRWXU != stat.S_IRWXU:
        folder.chmod(mode | stat.S_IRWXU)
