"""
Which of its keys a node speaks with: one that the others may know by now.

Where a file holds an old key and a new one, the old one goes on until the set that names the new
one has been out for a minute: whoever refuses a signature fetches the set anew once a minute. What
is kept for ever is signed by both instead (`services.say`).
"""

import base64
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from common import statements
from gateway import keys, selectors
from gateway.contracts import KeyPurpose
from gateway.keys import NodeKey
from gateway.rules import keysets

KEY_RESTS: Final = timedelta(seconds=60)


def speaking_key(purpose: KeyPurpose, *, now: datetime) -> NodeKey:
    """
    Return the key of a purpose that this node signs with at a moment.

    :raises KeyUnusable: if there is none, or others than the file's owner may read it
    """
    there = keys.signing_keys(purpose)
    if len(there) == 1:
        return there[0]
    body = selectors.own_keyset_body() or {"keys": []}
    return choose_key(there, body, purpose=purpose, now=now)


def choose_key(
    there: Sequence[NodeKey], body: Mapping[str, Any], *, purpose: KeyPurpose, now: datetime
) -> NodeKey:
    """
    Return which of some keys others may know, by the body of the node's set of keys.

    The newest that is published, holds and has rested; if none has, the oldest that holds; before
    any is published, the oldest.
    """
    usable = keysets.usable(body, purpose=purpose, at=now)
    begun = {each["public_key"]: each["not_before"] for each in body["keys"]}
    rested = statements.moment(now - KEY_RESTS)
    good = [key for key in there if key.public_key in usable.get(key.name, [])]
    old = [key for key in good if begun[_encoded(key)] <= rested]
    return old[-1] if old else (good or there)[0]


def _encoded(key: NodeKey) -> str:
    return base64.b64encode(key.public_key).decode()
