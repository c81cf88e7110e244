"""Codes that move to another node: asked here, expected there, signed by both."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from django.db import IntegrityError, transaction

from common import doorbell, statements, tenancy
from common.errors import NotFound, Refusal
from common.statements import SaidStatement
from gateway import keys
from gateway import selectors as gateway_selectors
from gateway import services as gateway_services
from gateway.contracts import KeyPurpose, PeerAnswerRefused, own_code
from gateway.peering import selectors
from gateway.peering.contracts import (
    CodeMoveRefused,
    MoveCountersigned,
    MoveState,
    MoveUnexpected,
)
from gateway.peering.event_names import PeerEvent
from gateway.peering.models import CodeMove, ExpectedMove
from gateway.rules import keysets, renames, renewals
from gateway.rules.renewals import LineRefused
from gateway.services import owners
from gateway.services.keeping import StatementDraft
from identity import selectors as identity_selectors
from identity import services as identity_services
from identity.contracts import RenameKind, ResourceStatus
from identity.events import services as events

AGAIN: Final = timedelta(seconds=2)
LATER: Final = timedelta(seconds=30)  # after a refusal
MOVES_MAX: Final = 50


@transaction.atomic
def ask_move(
    *, resource_id: UUID, provider_id: UUID, to: str, reason: str, by_id: int | None, now: datetime
) -> CodeMove:
    """
    Ask that a resource's code moves to a code of another node; the code is in use until it did.

    :raises NotFound: if the resource does not exist or is someone else's
    :raises InvalidIdentifier: if the other code has a slip
    :raises CodeMoveRefused: if it is not in use, waits already, or nobody known has the other
    """
    code = to.strip()
    identity_selectors.require_identifier(code)
    found = identity_selectors.resource_of_provider(
        resource_id=resource_id, provider_id=provider_id
    )
    host = _host_of(code)
    if found.status in (ResourceStatus.WITHDRAWN, ResourceStatus.RENAMED) or not host:
        raise CodeMoveRefused(field="to")
    if not renames.one_line(reason):
        raise CodeMoveRefused(field="reason")
    made = CodeMove(
        resource_id=found.pk,
        organization_id=provider_id,
        from_code=found.identifier,
        to_code=code,
        receiver=host,
        reason=renames.one_line(reason)[:500],
        asked_at=now,
        asked_by_id=by_id,
        due_at=now,
    )
    try:
        with transaction.atomic():
            made.save(force_insert=True)
    except IntegrityError as error:
        raise CodeMoveRefused(field="to") from error
    _record(PeerEvent.MOVE_ASKED, made, to=code, reason=made.reason)
    doorbell.ring("peers.waiting")
    return made


def _host_of(code: str) -> str:
    """Return the other node that answers for a code by the longest grant that holds; or nothing."""
    for _row, said in gateway_selectors.covering_grants(code):
        host = str(said.body.get("host", ""))
        return host if host != own_code() and host in selectors.hosts() else ""
    for prefix in reversed(code.split("-")[1:2]):  # A node's own name stands in its codes.
        return prefix if prefix != own_code() and prefix in selectors.hosts() else ""
    return ""


@transaction.atomic
def withdraw_move(*, move_id: UUID, provider_id: UUID, now: datetime) -> CodeMove:
    """
    Withdraw a move that waits; one that was done stays done.

    :raises NotFound: if it does not exist or is someone else's
    :raises CodeMoveRefused: if it does not wait any more
    """
    found = (
        CodeMove.objects.select_for_update(no_key=True)
        .filter(pk=move_id, organization_id=provider_id)
        .first()
    )
    if found is None:
        raise NotFound
    if found.state != MoveState.ASKED:
        raise CodeMoveRefused(field="to")
    found.state, found.settled_at = MoveState.WITHDRAWN, now
    found.save(update_fields=["state", "settled_at"])
    _record(PeerEvent.MOVE_WITHDRAWN, found, to=found.to_code)
    return found


@transaction.atomic
def expect_move(
    *, resource_id: UUID, provider_id: UUID, from_code: str, by_id: int | None, now: datetime
) -> ExpectedMove:
    """
    Say that a code of another node is to move to a resource here; the node then countersigns.

    :raises NotFound: if the resource does not exist or is someone else's
    :raises InvalidIdentifier: if the other code has a slip
    :raises CodeMoveRefused: if the resource is not in use, or it is expected already
    """
    code = from_code.strip()
    identity_selectors.require_identifier(code)
    found = identity_selectors.resource_of_provider(
        resource_id=resource_id, provider_id=provider_id
    )
    if found.status in (ResourceStatus.WITHDRAWN, ResourceStatus.RENAMED):
        raise CodeMoveRefused(field="from_code")
    made = ExpectedMove(
        organization_id=provider_id,
        from_code=code,
        to_code=found.identifier,
        expected_at=now,
        expected_by_id=by_id,
    )
    try:
        with transaction.atomic():
            made.save(force_insert=True)
    except IntegrityError as error:
        raise CodeMoveRefused(field="from_code") from error
    _record(PeerEvent.MOVE_EXPECTED, made, to=made.to_code)
    return made


@transaction.atomic
def withdraw_expected(*, expected_id: UUID, provider_id: UUID, now: datetime) -> ExpectedMove:
    """
    Expect a code of another node no more; that node is told so when it asks next.

    :raises NotFound: if it does not exist or is someone else's
    :raises MoveCountersigned: if this node signed already
    :raises CodeMoveRefused: if it is not expected any more
    """
    found = (
        ExpectedMove.objects.select_for_update(no_key=True)
        .filter(pk=expected_id, organization_id=provider_id)
        .first()
    )
    if found is None:
        raise NotFound
    if found.countersigned_at is not None:
        raise MoveCountersigned
    if found.withdrawn_at is not None:
        raise CodeMoveRefused(field="from_code")
    found.withdrawn_at, found.text = now, ""
    found.save(update_fields=["withdrawn_at", "text"])
    _record(PeerEvent.EXPECTED_WITHDRAWN, found, to=found.to_code)
    return found


def _record(name: PeerEvent, move: CodeMove | ExpectedMove, **facts: Any) -> None:
    events.record(
        [
            events.Event(
                name=name,
                object_kind="code",
                object_id=move.pk,
                object_label=move.from_code,
                concerns=[move.organization_id],
                facts=facts,
            )
        ]
    )


def read_move(text: str, *, peer: str) -> renames.RenameShape:
    """
    Return what another node asks to be countersigned.

    :raises MoveUnexpected: if it is no move of a code to one of this node
    """
    try:
        said = statements.parse(text)
    except Refusal as refusal:
        raise MoveUnexpected from refusal
    found = renames.read(said.body) if said.type == "rename" and said.issuer == peer else None
    if found is None or found.receiver != own_code() or len(found.to) != 1:
        raise MoveUnexpected
    return found


@transaction.atomic
def take_move(*, text: str, said: renames.RenameShape) -> str:
    """
    Return this node's line under a move, empty while a worker has yet to sign it.

    The caller made sure that the asker answers for the code.

    :raises MoveUnexpected: if no owner here expects it
    """
    with tenancy.acting_as_platform():
        found = (
            ExpectedMove.objects.select_for_update(no_key=True)
            .filter(from_code=said.from_code, to_code=said.to[0], withdrawn_at__isnull=True)
            .first()
        )
        if found is None:
            raise MoveUnexpected
        if found.text != text:
            found.text, found.line = text, ""
            found.save(update_fields=["text", "line"])
        return str(found.line)


@transaction.atomic
def countersign_due(*, now: datetime) -> int:
    """
    Sign the moves that owners here expect; return how many. The caller acts for the platform.

    :raises KeyUnusable: if the node has no usable `register` key
    """
    due = list(
        ExpectedMove.objects.select_for_update(no_key=True, skip_locked=True)
        .filter(line="")
        .exclude(text="")
        .order_by("expected_at")[:MOVES_MAX]
    )
    for each in due:
        each.line = keys.newest_key(KeyPurpose.REGISTER).sign(each.text)
        if each.countersigned_at is None:
            each.countersigned_at = now
            _record(PeerEvent.MOVE_COUNTERSIGNED, each, to=each.to_code)
    ExpectedMove.objects.bulk_update(due, ["line", "countersigned_at"])
    return len(due)


@transaction.atomic
def moves_to_ask(*, now: datetime) -> list[CodeMove]:
    """Return the moves whose other node is to be asked now, with the text that both sign."""
    with tenancy.acting_as_platform():
        due = list(
            CodeMove.objects.select_for_update(no_key=True, skip_locked=True)
            .filter(state=MoveState.ASKED, due_at__lte=now)
            .order_by("due_at")[:MOVES_MAX]
        )
        for each in due:
            each.due_at = now + AGAIN
            each.text = each.text or _text_of(each, now)
        CodeMove.objects.bulk_update(due, ["due_at", "text"])
        return due


def _text_of(move: CodeMove, now: datetime) -> str:
    signer = owners.signers({move.organization_id: ""}, now=now)[move.organization_id]
    before = gateway_selectors.latest("record", subject=move.from_code, issuer=own_code())
    body = renames.body(
        from_code=move.from_code,
        to=[move.to_code],
        kind=RenameKind.MOVE,
        reason=move.reason,
        owner=signer.owner,
        record=before.digest if before else None,
        receiver=move.receiver,
        renamed_at=now,
        at=now,
    )
    return statements.text("rename", own_code(), body)


@transaction.atomic
def redirect_move(*, move_id: UUID, receiver: str, now: datetime) -> None:
    """Let a move lead to the node that answers for its code; what both sign is written anew."""
    with tenancy.acting_as_platform():
        CodeMove.objects.filter(pk=move_id, state=MoveState.ASKED).update(
            receiver=receiver, text="", due_at=now
        )


@transaction.atomic
def note_move_refused(*, move_id: UUID, code: str, now: datetime) -> None:
    """Keep why the other node did not countersign; it is asked anew, with another text."""
    with tenancy.acting_as_platform():
        found = (
            CodeMove.objects.select_for_update(no_key=True)
            .filter(pk=move_id, state=MoveState.ASKED)
            .first()
        )
        if found is None:
            return
        if found.refusal != code[:40]:  # Once for each reason, however often it is asked.
            _record(PeerEvent.MOVE_REFUSED, found, code=code[:40], node=found.receiver)
        found.refusal, found.text, found.due_at = code[:40], "", now + LATER
        found.save(update_fields=["refusal", "text", "due_at"])


def _may_sign(said: SaidStatement, now: datetime) -> bool:
    """Return whether this node's key of now held when a text says: keys may have changed since."""
    held = keysets.signers(
        gateway_selectors.keyset_body(own_code()),
        purpose=KeyPurpose.REGISTER,
        signed_at=renewals.signed_at(said, now=now),
        seen_at=now,
    )
    signing = {each.public_key for each in keys.signing_keys(KeyPurpose.REGISTER)}
    return any(key in signing for each in held.values() for key in each)


@transaction.atomic
def settle_move(
    *, move_id: UUID, line: str, receiver_keys: Mapping[str, Any], now: datetime
) -> bool:
    """
    Let a code move, now that the other node signed: the old node signs last.

    Returns False if it does not wait any more, or if the text is older than this node's key: then
    another is written.

    :raises PeerAnswerRefused: if the line is none of the other node's register key
    :raises RenameRefused: if the code cannot give way any more
    :raises KeyUnusable: if the node has no usable `register` key
    """
    with tenancy.acting_as_platform():
        move = (
            CodeMove.objects.select_for_update(no_key=True)
            .filter(pk=move_id, state=MoveState.ASKED)
            .first()
        )
        if move is None:
            return False
        said = statements.parse(move.text)
        if not _may_sign(said, now):
            CodeMove.objects.filter(pk=move.pk).update(text="", due_at=now)
            return False
        try:
            renewals.require_line(
                said,
                text=move.text,
                lines=[line],
                node=move.receiver,
                purpose=KeyPurpose.REGISTER,
                keys=receiver_keys,
                now=now,
            )
        except LineRefused as refusal:
            raise PeerAnswerRefused(node=move.receiver, reason=refusal.code) from refusal
        signer = owners.signers({move.organization_id: ""}, now=now)[move.organization_id]
        body = dict(said.body)
        gateway_services.say(
            [StatementDraft("rename", move.from_code, 1, body, owner=signer.key, lines=(line,))],
            purpose=KeyPurpose.REGISTER,
            now=now,
        )
        identity_services.rename_code(
            resource_id=move.resource_id,
            provider_id=move.organization_id,
            to=[move.to_code],
            kind=RenameKind.MOVE,
            reason=move.reason,
            now=now,
            by_id=move.asked_by_id,
            is_agreed=True,
        )
        move.state, move.settled_at, move.refusal = MoveState.DONE, now, ""
        move.save(update_fields=["state", "settled_at", "refusal"])
        _record(PeerEvent.MOVE_DONE, move, to=move.to_code, node=move.receiver)
        return True
