"""Items with one fault each, as the conformance suite pushes them."""

import base64
import json
import time
from collections.abc import Callable, Mapping
from typing import Any, Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from common import ed25519, statements

CODE: Final = "SP2-R31000-0A7K-0003-A-B-00000001-0"
FORM: Final = statements.FORMAT


def faulty_item(fault: str, *, node: str, key: Ed25519PrivateKey | None = None) -> dict[str, Any]:
    """Return an item with a fault, issued by a node and signed by its key, or by nobody's."""
    text = _TEXTS[fault](node)
    private = key or Ed25519PrivateKey.generate()
    name = f"{node}/register"
    key_hash = ed25519.note_key_hash(name, private.public_key().public_bytes_raw())
    signed = base64.b64encode(key_hash + private.sign(text.encode())).decode()
    lines = [f"— {name} {signed}"]
    return {"text": text, "signatures": lines * (17 if fault == "signatures_17" else 1)}


def record_text(node: str, code: str, *, sequence: int) -> str:
    """Return the text of a record that a node says."""
    body = {
        "code": code,
        "form": "BARE_METAL",
        "region": "310115",
        "resource_class": "AI",
        "sequence": sequence,
        "specification": {"cards": 8, "chip": "H100"},
        "total_milli": 8000,
        "verification": {"level": 2},
    }
    return statements.text("record", node, body)


def _written(kind: str, body: str) -> Callable[[str], str]:
    return lambda node: f"{FORM} {kind}\n{node}\n{body}\n"


def _spaced(node: str) -> str:
    first, issuer, body = record_text(node, CODE, sequence=1).rstrip("\n").split("\n")
    return f"{first}\n{issuer}\n{json.dumps(json.loads(body), sort_keys=True)}\n"


def _answer(node: str) -> str:
    return statements.text("answer", node, {"at": "now", "code": CODE, "sequence": 1})


def _record(node: str) -> str:
    return record_text(node, CODE, sequence=int(time.time()))


_TEXTS: Final[Mapping[str, Callable[[str], str]]] = {
    "answer": _answer,
    "duplicate": _written("record", f'{{"code":"{CODE}","code":"{CODE}"}}'),
    "foreign_record": _record,
    "fraction": _written("record", f'{{"code":"{CODE}","sequence":1.5}}'),
    "huge": _written("record", f'{{"code":"{CODE}","sequence":1e400}}'),
    "nan": _written("record", f'{{"code":"{CODE}","sequence":NaN}}'),
    "not_nfc": _written("record", f'{{"code":"{CODE}","name":"e\u0301"}}'),
    "signatures_17": _record,
    "spaces": _spaced,
    "unknown_type": _written("wish", f'{{"code":"{CODE}"}}'),
}
