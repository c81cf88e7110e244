"""The node's own set of keys, as its root signs it."""

from collections.abc import Mapping
from datetime import datetime

from django.db import connection, transaction

from common import statements
from gateway import keys, selectors
from gateway.contracts import KeyPurpose, is_stand_alone, own_code
from gateway.event_names import NodeEvent
from gateway.models import SignedStatement
from gateway.rules import keysets
from gateway.services.keeping import StatementDraft, say
from gateway.services.nodes import ensure_own_node
from identity.events import services as events


@transaction.atomic
def publish_keyset(*, now: datetime, revoked: Mapping[str, str] | None = None) -> SignedStatement:
    """
    Sign and keep the node's set of keys, if it differs from the last one; return the newest.

    A market by itself makes the keys that it lacks. One publishes at a time. `revoked` are reasons
    by public key (base64): from now on nothing that these sign is believed.

    :raises KeyUnusable: if a key is missing, or may be read by others
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('gateway_keyset'))")
    if is_stand_alone():
        keys.make_missing()
    node = ensure_own_node(now=now)
    last = selectors.own_keyset()
    before = statements.parse(last.text).body if last else None
    sequence = last.sequence + 1 if last else 1
    found = keysets.body(
        own_code(),
        epoch=node.epoch,
        sequence=sequence,
        keys=[
            keysets.PublicKey(key.name, purpose, key.public_key)
            for purpose in KeyPurpose
            if purpose != KeyPurpose.ROOT
            for key in keys.signing_keys(purpose)
        ],
        before=before,
        at=now,
        revoked=revoked,
    )
    if found is None and last is not None:
        return last
    (made,) = say(
        [StatementDraft("keyset", own_code(), sequence, found or {})],
        purpose=KeyPurpose.ROOT,
        now=now,
    )
    events.record(
        [
            events.Event(
                name=NodeEvent.KEYSET_PUBLISHED,
                object_kind="node",
                object_id=own_code(),
                object_label=own_code(),
                facts={"sequence": sequence, "digest": made.digest},
            )
        ]
    )
    return made
