"""Two sides of a link: a far node that signs its requests, and the wire between."""

import json
from datetime import timedelta
from urllib.parse import urlsplit

from django.test import Client

from common import clock, outbound, statements, tenancy
from gateway import services as gateway_services
from gateway.contracts import KeyPurpose
from gateway.peering.contracts import PeerScope, PeerState
from gateway.peering.models import Peer
from gateway.peering.rules import httpsig
from tests.gateway.levels import FarNode

HOST = "127.0.0.1"


def far(code: str) -> FarNode:
    return FarNode(code, clock.now())


def admit(node: FarNode, *, scopes=tuple(PeerScope.values), pushes=False, rate=50, networks=()):
    """Admit a node, and it as a peer, as two people did; its keys are known."""
    with tenancy.acting_as_platform():
        node.admit()
        keep(node, node.keyset(), subject=node.code)
        return Peer.objects.create(
            node=node.code,
            url=node.url,
            scopes=list(scopes),
            networks=list(networks),
            rate=rate,
            pushes=pushes,
            state=PeerState.ADMITTED,
            proposal_id="01900000-0000-7000-8000-000000000001",
            proposed_by_id=1,
            agreed_by_id=2,
            since=clock.now(),
        )


def keep(node, carried, *, subject, sequence=1):
    said = statements.parse(carried["text"])
    gateway_services.keep_statement(
        said,
        text=carried["text"],
        signatures=carried["signatures"],
        subject=subject,
        sequence=sequence,
        now=clock.now(),
    )


def signed(node, method, path, body=b"", *, at=None, nonce="", host=HOST, epoch=1, purpose=None):
    """Return the headers of a request as the node signs it."""
    bare, _mark, query = path.partition("?")
    headers = {"suanpan-node": node.code, "suanpan-epoch": str(epoch)}
    if body:
        headers["content-type"] = "application/json"
    purpose = purpose or KeyPurpose.HTTP
    added = httpsig.sign(
        httpsig.HttpMessage(method, host, bare, query, headers, body),
        key_name=f"{node.code}/{purpose.value}",
        private=node.keys[purpose],
        now=int((at or clock.now()).timestamp()),
        nonce=nonce or statements.new_salt(),
    )
    return headers | added


def send(method, path, body=b"", headers=None, host=HOST):
    client = Client(HTTP_HOST=host)
    sent = {name: value for name, value in (headers or {}).items() if name != "content-type"}
    if method == "GET":
        return client.get(path, headers=sent)
    return client.post(path, data=body, content_type="application/json", headers=sent)


def ask(node, path, **options):
    return send("GET", path, headers=signed(node, "GET", path, **options))


def push(node, items, *, first=1, dataset="register", **more):
    path = "/api/peer/v1/push"
    body = json.dumps({"dataset": dataset, "first": first, "items": items, **more}).encode()
    return send("POST", path, body, signed(node, "POST", path, body))


def code_of(reply):
    return reply.json()["code"]


class Wire:
    """Carries this node's signed requests to its own views, as if it were its own parent."""

    def __init__(self, monkeypatch):
        self.asked = []
        self.spoil = None
        monkeypatch.setattr(outbound, "ask", self.ask)

    def ask(self, request, *, limits):
        parts = urlsplit(request.url)
        self.asked.append(parts.path)
        path = parts.path + (f"?{parts.query}" if parts.query else "")
        headers = {n: v for n, v in request.headers.items() if n not in ("accept", "content-type")}
        client = Client(HTTP_HOST=HOST)
        if request.method == "GET":
            reply = client.get(path, headers=headers)
        else:
            reply = client.post(
                path, data=request.body, content_type="application/json", headers=headers
            )
        body = self.spoil(reply.content) if self.spoil else reply.content
        return outbound.Reply(reply.status_code, {}, body)


LATER = timedelta(seconds=61)
