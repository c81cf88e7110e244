"""
One node of the levels in one process: its web, its sweepers and its commands.

`bin/federation` starts seven of them beside each other, each forked from one that has the libraries
loaded, so that they cost little. A market in service runs web, worker and beat apart.
"""

import base64
import contextlib
import io
import json
import os
import threading
import time
from collections.abc import Callable, Mapping
from multiprocessing.connection import Connection
from pathlib import Path
from socketserver import ThreadingMixIn
from typing import Any, Final
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

import structlog

from common.redaction import described

logger = structlog.get_logger(__name__)

PAUSE: Final = 0.1
Operation = Callable[..., Any]


class NodeServer(ThreadingMixIn, WSGIServer):
    """A web server with a thread for each request."""

    daemon_threads = True
    request_queue_size = 64


class QuietHandler(WSGIRequestHandler):
    """Requests are logged by the application, not here."""

    def log_message(self, *_args: Any) -> None:
        """Write nothing."""

    def address_string(self) -> str:
        """Return the address; its name is not looked up."""
        return str(self.client_address[0])


def serve_node(port: int, settings: Mapping[str, str], control: Connection) -> None:
    """Serve a node until the other end of `control` is gone; run what comes through it."""
    os.environ.update(settings)
    os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"
    import django

    django.setup()
    from config.logs import hush

    hush("django.request")
    from django.core.wsgi import get_wsgi_application

    server = make_server(
        "127.0.0.1",
        port,
        get_wsgi_application(),
        server_class=NodeServer,
        handler_class=QuietHandler,
    )
    threading.Thread(target=server.serve_forever, daemon=True, name="web").start()
    ended = threading.Event()
    threading.Thread(target=_tick, args=(ended,), daemon=True, name="ticks").start()
    control.send({"ok": True, "value": "ready"})
    operations = _operations()
    with contextlib.suppress(EOFError, OSError, KeyboardInterrupt):
        while True:
            name, arguments = control.recv()
            control.send(_run(operations[name], arguments))
    ended.set()
    server.server_close()


def _run(operation: Operation, arguments: Mapping[str, Any]) -> dict[str, Any]:
    from django.core.management.base import CommandError

    from common.errors import Refusal

    try:
        return {"ok": True, "value": operation(**arguments)}
    except (CommandError, Refusal) as refusal:
        return {"ok": False, "value": f"{getattr(refusal, 'code', '')} {refusal}".strip()}
    except Exception as error:
        return {"ok": False, "value": f"{type(error).__name__}: {error}"}


def _tick(ended: threading.Event) -> None:
    """Do each sweeper's work in turn; what fails is tried again."""
    from django.db import connections
    from django.utils.module_loading import import_string

    from config.sweepers import OF_LEVELS

    due = dict.fromkeys(OF_LEVELS, 0.0)
    tasks = {name: import_string(name) for name in OF_LEVELS}
    while not ended.wait(PAUSE):
        for name, every in OF_LEVELS.items():
            if time.monotonic() < due[name]:
                continue
            try:
                tasks[name]()
            except Exception as error:
                logger.warning("federation.sweeper.failed", task=name, error=described(error))
                connections.close_all()
            due[name] = time.monotonic() + every


def _operations() -> dict[str, Operation]:
    return {
        "manage": _manage,
        "register": _register,
        "set_status": _set_status,
        "open_books": _open_books,
        "pay": _pay,
        "log_keys": _log_keys,
        "witness_key": _witness_key,
        "fake": _fake,
        "unfake": _unfake,
    }


def _manage(arguments: list[str]) -> Any:
    """Run a management command; what it prints as JSON is returned."""
    from django.core.management import call_command

    told = io.StringIO()
    with contextlib.redirect_stdout(told):
        call_command(*arguments)
    lines = [line for line in told.getvalue().splitlines() if line.startswith("{")]
    return json.loads(lines[-1]) if lines else {}


def _register(uscc: str, name: str, region: str, count: int, node: str) -> dict[str, Any]:
    """Enter a provider with a pool of the node above, and so many resources in it."""
    from common import clock, tenancy
    from common.moments import market_date
    from identity import services as identity_services
    from identity.contracts import CapacityUnit, ResourceClass, ResourceForm

    now = clock.now()
    with tenancy.acting_as_platform():
        provider = identity_services.create_organization(uscc=uscc, name=name, on=market_date(now))
        pool = identity_services.allot_pool(
            organization_id=provider.pk, name=name, resources_max=10_000, now=now, node=node
        )
        facts = [
            identity_services.ResourceFacts(
                name=f"{name} {number}",
                region=region,
                resource_class=ResourceClass.AI,
                form=ResourceForm.BARE_METAL,
                specification={"chip": "H100", "cards": 8},
                capacity_unit=CapacityUnit.CARD,
                total_milli=8_000,
            )
            for number in range(1, count + 1)
        ]
        made = identity_services.register_resources(
            provider_id=provider.pk,
            facts=facts,
            registered_at=now,
            allotted=identity_services.allotted_to(prefix=pool.prefix, provider_id=provider.pk),
        )
    return {"prefix": pool.prefix, "codes": [each.identifier for each in made]}


def _set_status(code: str, status: str) -> str:
    from common import tenancy
    from identity import selectors as identity_selectors
    from identity import services as identity_services
    from identity.contracts import ResourceStatus

    with tenancy.acting_as_platform():
        resource = identity_selectors.registered_resources().get(identifier=code)
        identity_services.change_resource_status(
            resource_id=resource.pk,
            provider_id=resource.provider_id,
            status=ResourceStatus(status),
            reason="shown by bin/federation",
        )
    return status


def _open_books() -> str:
    """Open a small ledger, which the node's witnesses cosign."""
    from common import tenancy
    from ledger import services as ledger_services
    from ledger.contracts import AccountSpec, FlowSpec, KindSpec

    with tenancy.acting_as_platform():
        ledger_services.define_asset(code="CNY", scale=2, asset_class="money")
        ledger_services.define_kinds(
            specs=[KindSpec("bank", "N"), KindSpec("fee", "N", deferred=True)]
        )
        ledger_services.allow_flows(specs=[FlowSpec("CNY", "bank", "fee", "deposit")])
        ledger_services.open_accounts(
            specs=[AccountSpec("bank", "CNY", "bank"), AccountSpec("fee", "CNY", "fee")]
        )
    return "bank, fee"


def _pay(amount: int) -> int:
    from common import tenancy
    from common.ids import uuid7
    from ledger import services as ledger_services
    from ledger.contracts import Transfer

    with tenancy.acting_as_platform():
        ledger_services.post(
            transfers=[
                Transfer(
                    id=uuid7(),
                    debit="bank",
                    credit="fee",
                    asset="CNY",
                    amount=amount,
                    reason="deposit",
                )
            ]
        )
    return amount


def _log_keys() -> list[str]:
    from common import tenancy
    from ledger import packs

    with tenancy.acting_as_platform():
        return list(packs.public_keys())


def _witness_key() -> str:
    from gateway import keys
    from gateway.contracts import KeyPurpose
    from gateway.witness import rules as witness_rules

    key = keys.newest_key(KeyPurpose.WITNESS)
    return witness_rules.NoteKey(key.name, witness_rules.COSIGNER_KEY, key.public_key).text


_fakes: dict[int, Any] = {}


def _fake(
    code: str, mode: str, port: int, asker: str, keys: str, moves_to: tuple[str, str] | None = None
) -> str:
    """
    Let a peer that misbehaves stand in a node's place.

    `keys` is the folder of that node's keys if the peer is to sign with them, else empty;
    `moves_to` is a code, and whose it is, that it claims codes moved to.
    """
    from gateway.peering.fake import FakePeer

    own = _keys_in(Path(keys)) if keys else None
    peer = FakePeer(code, mode=mode, port=port, asker=asker, keys=own)
    peer.moves_to = moves_to or peer.moves_to
    _fakes[port] = peer.start()
    return mode


def _keys_in(folder: Path) -> dict[Any, Any]:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    from gateway.contracts import KeyPurpose

    found = {}
    for purpose in KeyPurpose:
        _name, seed = (folder / f"{purpose.value}.keys").read_text().splitlines()[0].split()
        found[purpose] = Ed25519PrivateKey.from_private_bytes(base64.b64decode(seed))
    return found


def _unfake(port: int) -> int:
    _fakes.pop(port).stop()
    return port
