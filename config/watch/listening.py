"""Worker and beat tell their figures at an address of their own, where no web runs beside them."""

import threading
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import structlog
from django.conf import settings

from config.watch import access, exposition

logger = structlog.get_logger(__name__)


class _Teller(BaseHTTPRequestHandler):
    """Answers `GET /metrics` for those who may read it, and nothing else."""

    server_version, sys_version = "suanpan", ""
    timeout = 10  # A caller that stops in the middle lets go.

    def do_GET(self) -> None:
        """Tell the figures."""
        if self.path.partition("?")[0] != "/metrics":
            self.send_error(HTTPStatus.NOT_FOUND)
            return
        caller = str(self.client_address[0])
        token = self.headers.get("Authorization", "")
        if not access.brings_token(token) and not access.is_allowed(caller):
            self.send_error(HTTPStatus.FORBIDDEN)
            return
        content, content_type = exposition.of_host(self.headers.get("Accept", ""))
        self.send_response(HTTPStatus.OK)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: Any) -> None:
        """Say nothing of each scrape."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True


def listen() -> ThreadingHTTPServer | None:
    """Start to listen, if a setting says where; a taken port is told and harms no work."""
    if not settings.SUANPAN_METRICS_LISTEN:
        return None
    host, _colon, port = settings.SUANPAN_METRICS_LISTEN.rpartition(":")
    try:
        server = _Server((host.strip("[]"), int(port)), _Teller)
    except OSError as error:
        logger.warning("platform.figures.deaf", error=type(error).__name__)
        return None
    threading.Thread(target=server.serve_forever, name="figures", daemon=True).start()
    return server
