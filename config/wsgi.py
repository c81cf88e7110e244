"""The WSGI entry point."""

import os
from collections.abc import Callable, Iterable
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

django.setup(set_prefix=False)

from config import logs, spans  # noqa: E402 - they read the settings

spans.start("web")  # Before the handler: it stands among the middleware.

from config.edge import Handler  # noqa: E402 - it loads views, which need the settings

logs.is_service("web")
_market = Handler()


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """Answer a request; the first one of a process starts the marks that say that it lives."""
    from config.pulse import heartbeat

    heartbeat.start_once("web")
    return _market(environ, start_response)
