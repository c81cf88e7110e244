"""Bearing out anew what outlives the keys that signed it: grants, renames, moves, owners' keys."""

from collections.abc import Sequence
from datetime import datetime

from common import statements
from gateway import keys, selectors
from gateway.contracts import KeyPurpose
from gateway.keys import NodeKey
from gateway.models import SignedStatement
from gateway.rules import renewals
from gateway.services.keeping import StatementDraft, say


def sign_renewals(digests: Sequence[str], *, now: datetime) -> int:
    """
    Sign that this node stands by texts that it signed; return how many needed it.

    Those do whose newest line is not by the newest key: the others will be over first. The caller
    acts for the platform, and names texts of this node, or moves that it countersigned, alone.

    :raises KeyUnusable: if the node has no usable key
    """
    if not digests:
        return 0
    last = selectors.newest_of("renewal", digests)
    texts = selectors.statements_of(digests)
    drafts: dict[KeyPurpose, list[StatementDraft]] = {}
    for digest in digests:
        is_grant = digest in texts and texts[digest].type == "grant"
        purpose = KeyPurpose.GRANT if is_grant else KeyPurpose.REGISTER
        signed = last.get(digest) or texts.get(digest)
        if signed is not None and _is_by(signed, keys.newest_key(purpose)):
            continue
        sequence = last[digest].sequence + 1 if digest in last else 1
        body = renewals.body(digest, sequence=sequence, at=now, purpose=purpose)
        drafts.setdefault(purpose, []).append(StatementDraft("renewal", digest, sequence, body))
    return sum(len(say(each, purpose=purpose, now=now)) for purpose, each in drafts.items())


def _is_by(signed: SignedStatement, key: NodeKey) -> bool:
    """Return whether a key signed a text; by its hash, since the lines are our own."""
    lines = (statements.read_line(each) for each in signed.signatures)
    return any((name, hashed.hex()) == (key.name, key.hash_hex) for name, hashed, _raw in lines)
