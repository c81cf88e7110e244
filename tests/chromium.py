"""Where the browser of the browser tests comes from."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def find() -> str | None:
    """Return a Chromium that is on this machine already."""
    if chosen := os.environ.get("SUANPAN_CHROMIUM"):
        return chosen
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
    return find() or (_install_debian() if os.geteuid() == 0 else None) or _install_playwright()


def _install_debian() -> str | None:
    if shutil.which("apt-get") is None:
        return None
    sys.stderr.write("Installing Chromium and a Chinese font (Debian) …\n")
    packages = ["chromium", "fonts-noto-cjk"]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    for command in (
        ["apt-get", "update", "-qq"],
        ["apt-get", "install", "-y", "-qq", "--no-install-recommends", *packages],
    ):
        if subprocess.run(command, env=environment, check=False, **quiet).returncode:
            return None
    return find()


def _install_playwright() -> str | None:
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
