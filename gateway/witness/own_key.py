"""The key that this node cosigns with; its first use makes it."""

from gateway import keys
from gateway.contracts import KeyPurpose, KeyUnusable
from gateway.keys import NodeKey


def own_key() -> NodeKey:
    """
    Return the newest witness key.

    :raises KeyUnusable: if the file is there and cannot be used, or cannot be made
    """
    try:
        return keys.newest_key(KeyPurpose.WITNESS)
    except KeyUnusable:
        keys.make_missing()
        return keys.newest_key(KeyPurpose.WITNESS)
