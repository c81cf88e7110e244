"""Where the browser of the browser tests comes from."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from tests import debian

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def find() -> str | None:
    """Return a Chromium that is on this machine already."""
    if (chosen := os.environ.get("SUANPAN_CHROMIUM")) is not None:
        return chosen or None  # Empty: there is none that can be driven.
    for name in NAMES:
        if path := shutil.which(name):
            return path
    code = "from playwright.sync_api import sync_playwright as p\n"
    code += "with p() as api: print(api.chromium.executable_path)"
    command = [sys.executable, "-c", code]
    asked = subprocess.run(command, capture_output=True, text=True, check=False)
    path = asked.stdout.strip()
    return path if path and Path(path).exists() else None


def provide() -> str | None:
    """Return a Chromium, installing one if need be: Debian's for root, else Playwright's."""
    if not _is_driven():
        return None
    return find() or _from_debian() or _from_playwright()


def _is_driven() -> bool:
    """Tell whether Playwright's driver runs here; bare machines lack a library that it needs."""
    return _driver_answers() or (debian.install("libatomic1") and _driver_answers())


def _driver_answers() -> bool:
    command = [sys.executable, "-m", "playwright", "--version"]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def _from_debian() -> str | None:
    return find() if debian.install("chromium", "fonts-noto-cjk") else None


def _from_playwright() -> str | None:
    sys.stderr.write("Installing Chromium (Playwright) …\n")
    command = [sys.executable, "-m", "playwright", "install", "chromium"]
    if subprocess.run(command, stdout=subprocess.DEVNULL, check=False).returncode:
        return None
    path = find()
    return path if path and _starts(path) else None


def _starts(path: str) -> bool:
    """Tell whether it runs here: Playwright's browser needs libraries that only root can add."""
    command = [path, "--headless", "--no-sandbox", "--disable-gpu", "--dump-dom", "about:blank"]
    try:
        done = subprocess.run(command, capture_output=True, timeout=60, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0
