"""A cache that the processes of one machine share without a server."""

import os
import tempfile
from pathlib import Path
from typing import Any

from django.core.cache.backends.base import DEFAULT_TIMEOUT
from django.core.cache.backends.filebased import FileBasedCache


class SharedFileCache(FileBasedCache):
    """
    Django's file cache with an `add` that only one of several processes can win.

    The limits on sign-in attempts count under a lock that `add` takes; Django's own looks first and
    writes then, and two processes may both find nothing.
    """

    def add(
        self,
        key: Any,
        value: Any,
        timeout: float | None = DEFAULT_TIMEOUT,
        version: int | None = None,
    ) -> bool:
        """Store a value unless there is one; return whether it was stored."""
        if self.has_key(key, version):  # Removes what has expired.
            return False
        files: Any = self  # Django's own names for its files; its stubs leave them out.
        files._createdir()
        target = files._key_to_file(key, version)
        handle, name = tempfile.mkstemp(dir=files._dir)
        try:
            with os.fdopen(handle, "wb") as file:
                files._write_content(file, timeout, value)
            os.link(name, target)
        except FileExistsError:
            return False
        finally:
            Path(name).unlink()
        return True
