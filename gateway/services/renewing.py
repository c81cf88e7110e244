"""Bearing out anew what outlives the keys that signed it: renames, moves, keys of owners."""

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

    :raises KeyUnusable: if the node has no usable `register` key
    """
    if not digests:
        return 0
    newest = keys.newest_key(KeyPurpose.REGISTER)
    last = selectors.newest_of("renewal", digests)
    texts = selectors.statements_of(digests)
    drafts = []
    for digest in digests:
        signed = last.get(digest) or texts.get(digest)
        if signed is not None and _is_by(signed, newest):
            continue
        sequence = last[digest].sequence + 1 if digest in last else 1
        body = renewals.body(digest, sequence=sequence, at=now)
        drafts.append(StatementDraft("renewal", digest, sequence, body))
    return len(say(drafts, purpose=KeyPurpose.REGISTER, now=now)) if drafts else 0


def _is_by(signed: SignedStatement, key: NodeKey) -> bool:
    """Return whether a key signed a text; by its hash, since the lines are our own."""
    lines = (statements.read_line(each) for each in signed.signatures)
    return any((name, hashed.hex()) == (key.name, key.hash_hex) for name, hashed, _raw in lines)
