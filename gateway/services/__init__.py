"""Writes of the gateway."""

from gateway.services.disclosing import disclose, in_milli
from gateway.services.keeping import keep_aliases, keep_statement, say
from gateway.services.keysets import publish_keyset
from gateway.services.nodes import (
    NodeFacts,
    admit_node,
    ensure_own_node,
    propose_node,
    raise_own_epoch,
)
from gateway.services.owners import add_owner_key, end_owner_key, sign_as_owner
from gateway.services.peering import encoded_root, keep_answer, note_refused
from gateway.services.pushed import keep_entries, keep_pushed, keep_statuses, note_status
from gateway.services.signing import SIGNING_BATCH_MAX, sign_due

__all__ = [
    "SIGNING_BATCH_MAX",
    "NodeFacts",
    "add_owner_key",
    "admit_node",
    "disclose",
    "encoded_root",
    "end_owner_key",
    "ensure_own_node",
    "in_milli",
    "keep_aliases",
    "keep_answer",
    "keep_entries",
    "keep_pushed",
    "keep_statement",
    "keep_statuses",
    "note_refused",
    "note_status",
    "propose_node",
    "publish_keyset",
    "raise_own_epoch",
    "say",
    "sign_as_owner",
    "sign_due",
]
