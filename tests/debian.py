"""Debian packages that some tests use; root may install them, everybody else does without."""

import os
import shutil
import subprocess
import sys


def install(*packages: str) -> bool:
    """Install packages; tell whether that worked."""
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        return False
    sys.stderr.write(f"Installing {', '.join(packages)} (Debian) …\n")
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    update = ["apt-get", "update", "-qq"]
    fetch = ["apt-get", "install", "-y", "-qq", "--no-install-recommends", *packages]
    return all(
        subprocess.run(command, env=environment, check=False, capture_output=True).returncode == 0
        for command in (update, fetch)
    )
