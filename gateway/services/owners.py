"""
Owners sign what is registered: under keys of their own, or under one that the node keeps for them.

A node says by a `binding` statement, under its `register` key, which keys each owner has. What it
keeps for an owner signs at once, with the node; an owner with keys of its own signs afterwards.
"""

import base64
import binascii
import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import msgspec
from django.db import IntegrityError, transaction

from common import ed25519, statements, tenancy
from common.errors import NotFound
from gateway import keys, selectors
from gateway.contracts import (
    KeyCustody,
    KeyPurpose,
    OwnerKeyRefused,
    OwnerLineRefused,
    own_code,
)
from gateway.event_names import NodeEvent
from gateway.keys import NodeKey
from gateway.models import DueSigning, Entry, OwnerKey, OwnerLine, SignedStatement
from gateway.rules import owners, records
from gateway.services.keeping import StatementDraft, say
from identity import codes as codes_of_register
from identity.events import services as events


@dataclass(frozen=True, slots=True)
class OwnerSigner:
    """What an owner signs as, and the key that the node signs with for it, if it keeps one."""

    owner: str
    key: NodeKey | None


def signers(organizations: Mapping[UUID, str], *, now: datetime) -> dict[UUID, OwnerSigner]:
    """
    Return who signs for organisations, by name of theirs; what is kept for new ones is bound first.

    The caller acts for the platform.

    :raises KeyUnusable: if a key is missing, or may be read by others
    """
    there: dict[UUID, list[OwnerKey]] = {each: [] for each in organizations}
    for row in OwnerKey.objects.filter(organization_id__in=organizations):
        there[row.organization_id].append(row)
    found: dict[UUID, OwnerSigner] = {}
    fresh = []
    for organization_id, rows in there.items():
        owner = owners.owner_name(own_code(), organization_id)
        kept = keys.kept_for(owner)
        open_rows = [row for row in rows if row.ended_at is None]
        if not rows and kept is not None:
            made = _row(organization_id, kept.public_key, KeyCustody.CUSTODIAL, now)
            fresh.append(made)
            open_rows = [made]
        mine = [row for row in open_rows if row.custody == KeyCustody.CUSTODIAL]
        is_kept = kept is not None and any(bytes(r.public_key) == kept.public_key for r in mine)
        found[organization_id] = OwnerSigner(owner, kept if is_kept else None)
    OwnerKey.objects.bulk_create(fresh, ignore_conflicts=True)
    names = [each.owner for each in fresh]
    sign_bindings(names, now=now)
    DueSigning.objects.filter(kind="binding", subject__in=names).delete()
    return found


def sign_bindings(names: Collection[str], *, now: datetime) -> None:
    """
    Sign which keys owners have, where that changed; the caller acts for the platform.

    :raises KeyUnusable: if the node has no usable `register` key
    """
    drafts = []
    rows = list(OwnerKey.objects.filter(owner__in=names).select_related("organization"))
    for name in dict.fromkeys(names):
        own = [row for row in rows if row.owner == name]
        if not own:
            continue
        last = selectors.latest("binding", subject=name, issuer=own_code())
        body = owners.binding(
            name,
            name=own[0].organization.name,
            keys=[
                owners.BoundKey(bytes(r.public_key), r.custody, r.begun_at, r.ended_at) for r in own
            ],
            sequence=last.sequence + 1 if last else 1,
            at=now,
        )
        text = statements.text("binding", own_code(), body)
        if last is None or _keys_in(last.text) != _keys_in(text):
            drafts.append(StatementDraft("binding", name, body["sequence"], body))
    if drafts:
        say(drafts, purpose=KeyPurpose.REGISTER, now=now)


def _keys_in(text: str) -> object:
    return json.loads(text.split("\n")[2])["keys"]


def _row(
    organization_id: UUID,
    public_key: bytes,
    custody: KeyCustody,
    now: datetime,
    by_id: int | None = None,
) -> OwnerKey:
    return OwnerKey(
        organization_id=organization_id,
        owner=owners.owner_name(own_code(), organization_id),
        public_key=public_key,
        custody=custody,
        begun_at=now,
        added_by_id=by_id,
    )


@transaction.atomic
def add_owner_key(
    *, organization_id: UUID, public_key: str, proof: str, by_id: int | None, now: datetime
) -> OwnerKey:
    """
    Take a key of an owner's own; from now on the node signs for it no more.

    `public_key` is base64, `proof` the base64 signature by it over `owners.proof_text`.

    :raises OwnerKeyRefused: if it is no key, known already, one too many, or not shown to be theirs
    """
    name = owners.owner_name(own_code(), organization_id)
    try:
        raw = base64.b64decode(public_key.strip(), validate=True)
        signed = base64.b64decode(proof.strip(), validate=True)
    except (binascii.Error, ValueError) as error:
        raise OwnerKeyRefused(field="public_key") from error
    if not ed25519.is_public_key(raw):
        raise OwnerKeyRefused(field="public_key")
    message = owners.proof_text(name, base64.b64encode(raw).decode()).encode()
    if not ed25519.is_signature(signed, public_key=raw, message=message):
        raise OwnerKeyRefused(field="proof")
    there = OwnerKey.objects.select_for_update(no_key=True).filter(
        organization_id=organization_id, ended_at__isnull=True
    )
    if sum(row.custody == KeyCustody.OWN for row in there) >= owners.KEYS_MAX:
        raise OwnerKeyRefused(field="public_key")
    OwnerKey.objects.filter(
        organization_id=organization_id, custody=KeyCustody.CUSTODIAL, ended_at__isnull=True
    ).update(ended_at=now)
    made = _row(organization_id, raw, KeyCustody.OWN, now, by_id)
    try:
        with transaction.atomic():
            made.save(force_insert=True)
    except IntegrityError as error:
        raise OwnerKeyRefused(field="public_key") from error
    _record(NodeEvent.OWNER_KEY_ADDED, made)
    return made


@transaction.atomic
def end_owner_key(*, organization_id: UUID, key_id: UUID, now: datetime) -> OwnerKey:
    """
    End a key of an owner's own: nothing that it signs later counts. Ended ones stay ended.

    :raises NotFound: if it does not exist or is someone else's (the two look alike)
    """
    found = (
        OwnerKey.objects.select_for_update(no_key=True)
        .filter(pk=key_id, organization_id=organization_id, custody=KeyCustody.OWN)
        .first()
    )
    if found is None:
        raise NotFound
    if found.ended_at is None:
        found.ended_at = now
        found.save(update_fields=["ended_at"])
        _record(NodeEvent.OWNER_KEY_ENDED, found)
    return found


def _record(name: NodeEvent, row: OwnerKey) -> None:
    events.record(
        [
            events.Event(
                name=name,
                object_kind="owner_key",
                object_id=row.pk,
                object_label=row.owner,
                concerns=[row.organization_id],
            )
        ]
    )


@transaction.atomic
def sign_as_owner(
    *, organization_id: UUID, signatures: Sequence[tuple[str, str]], now: datetime
) -> int:
    """
    Keep what an owner signed under texts that wait for it: pairs of digest and base64 signature.

    Returns how many were new; the same again is no matter. One that is not good refuses all.

    :raises OwnerLineRefused: naming the digest of the first that is none
    """
    rows = OwnerKey.objects.filter(
        organization_id=organization_id, custody=KeyCustody.OWN, ended_at__isnull=True
    )
    public_keys = [bytes(row.public_key) for row in rows]
    name = owners.key_name(owners.owner_name(own_code(), organization_id))
    known = selectors.statements_of([digest for digest, _signature in signatures])
    subjects = [said.subject for said in known.values()]
    mine = codes_of_register.registered_by(subjects, organization_id)
    made = []
    for digest, signature in signatures:
        said = known.get(digest)
        if said is None or said.subject not in mine or not _is_signed_by_owners(said):
            raise OwnerLineRefused(field="digest", digest=digest)
        line = owners.line_of(said.text, name, signature, public_keys)
        if not line:
            raise OwnerLineRefused(field="signature", digest=digest)
        made.append(
            OwnerLine(digest=digest, organization_id=organization_id, line=line, signed_at=now)
        )
    before = set(OwnerLine.objects.filter(digest__in=known).values_list("digest", flat=True))
    fresh = [each for each in made if each.digest not in before]
    OwnerLine.objects.bulk_create(fresh, ignore_conflicts=True)
    with tenancy.acting_as_platform():
        _show_lines({each.digest: each.line for each in fresh}, known)
    return len(fresh)


def _is_signed_by_owners(said: SignedStatement) -> bool:
    """Return whether a text is this node's, and one that owners sign."""
    return said.issuer == own_code() and said.type in ("record", "rename")


def _show_lines(lines: Mapping[str, str], known: Mapping[str, SignedStatement]) -> None:
    """Let answers carry an owner's line beside the node's from now on."""
    changed = []
    for entry in Entry.objects.select_for_update(no_key=True).filter(record__in=lines):
        said = known[entry.record]
        carried = records.as_json(said.text, [*said.signatures, lines[entry.record]])
        entry.record_json = msgspec.json.encode(carried)
        changed.append(entry)
    Entry.objects.bulk_update(changed, ["record_json"])
