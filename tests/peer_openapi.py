"""Write `docs/openapi-peer.json` anew: `python -m tests.peer_openapi`."""

import json
from pathlib import Path
from typing import Final

FILE: Final = Path(__file__).resolve().parents[1] / "docs/openapi-peer.json"


def written():
    from gateway.peering import openapi

    return json.dumps(openapi.document(), ensure_ascii=False, indent=1) + "\n"


if __name__ == "__main__":
    import os

    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    FILE.write_text(written(), encoding="utf-8")
