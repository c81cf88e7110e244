"""Other nodes for tests: each with keys of its own, answering as told, over no network."""

import base64
import json
from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import parse_qs, urlsplit

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from common import statements
from common.outbound import Reply
from gateway.contracts import KeyPurpose, NodeState
from gateway.models import LevelNode
from gateway.rules import keysets
from tests.factories import NOW


@dataclass
class FarNode:
    """A node that signs as it should, until a test spoils it."""

    code: str
    at: datetime
    records: dict = field(default_factory=dict)
    grants: dict = field(default_factory=dict)
    asked: list = field(default_factory=list)
    renewals: dict = field(default_factory=dict)

    def __post_init__(self):
        self.keys = {purpose: Ed25519PrivateKey.generate() for purpose in KeyPurpose}

    @property
    def url(self):
        return f"https://{self.code.lower()}.example"

    def public(self, purpose):
        return self.keys[purpose].public_key().public_bytes_raw()

    def say(self, kind, body, purpose, *, issuer=""):
        text = statements.text(kind, issuer or self.code, body)
        line = statements.sign(text, f"{self.code}/{purpose.value}", self.keys[purpose])
        return {"text": text, "signatures": [line.rstrip("\n")]}

    def keyset(self):
        body = keysets.body(
            self.code,
            epoch=1,
            sequence=1,
            keys=[
                keysets.PublicKey(f"{self.code}/{purpose.value}", purpose, self.public(purpose))
                for purpose in KeyPurpose
                if purpose != KeyPurpose.ROOT
            ],
            before=None,
            at=NOW,
        )
        return self.say("keyset", body, KeyPurpose.ROOT)

    def row(self, code, record):
        moment = statements.moment(self.at)
        return {
            "authority": self.code,
            "code": code,
            "record": statements.digest(record["text"]),
            "status": {"value": "ACTIVE", "sequence": 1, "since": moment},
            "state": {
                "total": {"milli": 8000},
                "available": {"milli": 3000, "observed_at": moment},
            },
        }

    def record(self, code):
        body = {
            "code": code,
            "energy": {"pue": "1.25"},
            "form": "BARE_METAL",
            "region": "310115",
            "resource_class": "AI",
            "sequence": 1,
            "specification": {"chip": "H100", "cards": 8},
            "verification": {"level": 2},
        }
        return self.say("record", body, KeyPurpose.REGISTER)

    def answer(self, code, nonce, **over):
        record = over.pop("record", None) or self.record(code)
        row = self.row(code, record) | over.pop("row", {})
        body = {"asked": {"nonce": nonce}, "at": self.at, "row": row} | over
        return {"answer": self.say("answer", body, KeyPurpose.ANSWER), "record": record}

    def grant(self, prefix, host, **over):
        body = {
            "prefix": prefix,
            "host": host,
            "state": "active",
            "sequence": 1,
            "not_before": "2020-01-01T00:00:00.000Z",
            "not_after": "2099-01-01T00:00:00.000Z",
        }
        return self.say("grant", body | over, KeyPurpose.GRANT)

    def reply(self, code, nonce):
        for prefix, host in self.grants.items():
            if code.startswith(f"{prefix}-"):
                return {"referral": self.grant(prefix, host)}
        return self.answer(code, nonce)

    def handle(self, path):
        parts = urlsplit(path)
        self.asked.append(parts.path)
        if parts.path.endswith("/keys"):
            return reply_of({"keyset": self.keyset()})
        if "/renewals/" in parts.path:
            found = self.renewals.get(parts.path.rpartition("/")[2])
            return reply_of({"renewal": found}) if found else reply_of({}, 404)
        query = parse_qs(parts.query)
        return reply_of(self.reply(query["code"][0], query["nonce"][0]))

    def admit(self):
        return LevelNode.objects.create(
            code=self.code,
            kind=self.code[0],
            name=self.code,
            state=NodeState.ADMITTED,
            root_key=self.public(KeyPurpose.ROOT),
            url=self.url,
            proposal_id="01900000-0000-7000-8000-000000000001",
            proposed_by_id=1,
            agreed_by_id=2,
            since=NOW,
        )


def reply_of(content, status=200):
    return Reply(status, {"content-type": "application/json"}, json.dumps(content).encode())


def root_of(node):
    return base64.b64encode(node.public(KeyPurpose.ROOT)).decode()
