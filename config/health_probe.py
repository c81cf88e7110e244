"""Ask a health address once: `python -m config.health_probe URL` ends with 0 if it answers 200."""

import sys
import urllib.error
import urllib.request


def is_healthy(url: str) -> bool:
    """Tell whether the address answers 200 within five seconds."""
    try:
        with urllib.request.urlopen(url, timeout=5) as response:  # noqa: S310 - our own address
            return bool(response.status == 200)
    except (OSError, urllib.error.URLError):
        return False


if __name__ == "__main__":
    sys.exit(0 if is_healthy(sys.argv[1]) else 1)
