"""A code moves to another node once both signed: the other one first."""

import json

import pytest
from django.db import DatabaseError, connection, transaction

from common import clock, statements, tenancy
from gateway import asking
from gateway import selectors as gateway_selectors
from gateway import services as gateway_services
from gateway.asking import CodeAnswer
from gateway.contracts import KeyPurpose, own_code
from gateway.models import DueSigning
from gateway.peering import outgoing, pushing, services
from gateway.peering.contracts import CodeMoveRefused, MoveState
from gateway.peering.models import CodeMove, ExpectedMove
from gateway.rules import renames
from identity import services as identity
from identity.contracts import RenameKind
from identity.services import MoveNotAgreed
from tests import factories
from tests.factories import NOW
from tests.gateway.levels import reply_of
from tests.peering.cast import admit, code_of, far, send, signed

PATH = "/api/peer/v1/countersign"
THERE = "SP2-P00001-0001-0001-A-B-00000001-Q"


@pytest.fixture
def other(node, monkeypatch):
    other = far("P00001")
    admit(other)
    with tenancy.acting_as_platform():
        gateway_services.publish_keyset(now=clock.now())
    monkeypatch.setattr(services.moves.identity_selectors, "require_identifier", lambda _code: None)
    return other


def registered():
    resource = factories.ResourceFactory()
    with tenancy.acting_as_platform():
        DueSigning.objects.update(due_at=NOW)
        gateway_services.sign_due(now=clock.now())
    return resource


def moving(resource, to=THERE):
    with tenancy.acting_as(resource.provider_id):
        return services.ask_move(
            resource_id=resource.pk,
            provider_id=resource.provider_id,
            to=to,
            reason="another region",
            by_id=None,
            now=clock.now(),
        )


def answering(other, monkeypatch, answer):
    asked = []

    def ask(_host, path, *, body=None, **_more):
        asked.append(path)
        return answer(body["text"])

    monkeypatch.setattr(outgoing, "ask", ask)
    return asked


def countersigned(other, text, purpose=KeyPurpose.REGISTER):
    return statements.sign(text, f"{other.code}/register", other.keys[purpose]).rstrip("\n")


def test_a_move_is_done_when_the_other_node_signed_and_not_before(other, monkeypatch):
    resource = registered()
    move = moving(resource)
    answering(other, monkeypatch, lambda _text: reply_of({"line": None}))

    assert pushing.ask_moves() == 0
    resource.refresh_from_db()
    assert resource.status == "ACTIVE"

    with tenancy.acting_as_platform():
        CodeMove.objects.update(due_at=clock.now())
    answering(other, monkeypatch, lambda text: reply_of({"line": countersigned(other, text)}))
    assert pushing.ask_moves() == 1

    resource.refresh_from_db()
    assert resource.status == "RENAMED"
    with tenancy.acting_as_platform():
        move.refresh_from_db()
        said = gateway_selectors.latest("rename", subject=resource.identifier)
    assert (move.state, move.refusal) == (MoveState.DONE, "")
    names = [line.split()[1] for line in said.signatures]
    assert names[0] == "N00000/register"
    assert names[1].startswith("O:N00000-")
    assert names[2] == "P00001/register"
    found = renames.read(statements.parse(said.text).body)
    assert (found.kind, found.receiver, found.to) == ("move", "P00001", [THERE])
    step = gateway_selectors.rename_steps([resource.identifier])[resource.identifier]
    assert step.kind == "move"


def test_a_line_of_another_key_moves_nothing(other, monkeypatch):
    resource = registered()
    move = moving(resource)
    answering(
        other,
        monkeypatch,
        lambda text: reply_of({"line": countersigned(other, text, KeyPurpose.ANSWER)}),
    )

    assert pushing.ask_moves() == 0

    resource.refresh_from_db()
    with tenancy.acting_as_platform():
        move.refresh_from_db()
    assert resource.status == "ACTIVE"
    assert (move.state, move.refusal, move.text) == ("ASKED", "peer_answer_refused", "")


def test_only_what_its_owner_expects_is_countersigned(other, monkeypatch):
    resource = registered()
    body = renames.body(
        from_code=THERE,
        to=[resource.identifier],
        kind="move",
        reason="x",
        owner=None,
        record=None,
        receiver=own_code(),
        renamed_at=NOW,
        at=NOW,
    )
    text = statements.text("rename", other.code, body)
    monkeypatch.setattr(
        asking, "resolve", lambda *_a, **_k: CodeAnswer({"view": {"authority": other.code}})
    )

    def asked(text=text):
        raw = json.dumps({"text": text}).encode()
        return send("POST", PATH, raw, signed(other, "POST", PATH, raw))

    assert code_of(asked()) == "move_unexpected"
    with tenancy.acting_as(resource.provider_id):
        services.expect_move(
            resource_id=resource.pk,
            provider_id=resource.provider_id,
            from_code=THERE,
            by_id=None,
            now=clock.now(),
        )
    assert asked().json() == {"line": None}
    with tenancy.acting_as_platform():
        assert services.countersign_due(now=clock.now()) == 1
        assert services.countersign_due(now=clock.now()) == 0
    line = asked().json()["line"]
    assert line.split()[1] == "N00000/register"
    other_text = statements.text("rename", other.code, body | {"reason": "y"})
    assert asked(other_text).json() == {"line": None}
    for spoilt in ({"receiver": "P00002"}, {"kind": "rename", "receiver": None}):
        refused = asked(statements.text("rename", other.code, body | spoilt))
        assert code_of(refused) == "move_unexpected"
    monkeypatch.setattr(
        asking, "resolve", lambda *_a, **_k: CodeAnswer({"view": {"authority": "P00009"}})
    )
    assert code_of(asked()) == "move_unexpected"


def test_nothing_moves_by_one_node_alone_or_to_nobody(other):
    resource = registered()

    with pytest.raises(MoveNotAgreed), tenancy.acting_as_platform():
        identity.rename_code(
            resource_id=resource.pk,
            provider_id=resource.provider_id,
            to=[THERE],
            kind=RenameKind.MOVE,
            reason="x",
            now=clock.now(),
        )
    with pytest.raises(CodeMoveRefused):
        moving(resource, to=THERE.replace("P00001", "P00077"))
    move = moving(resource)
    with pytest.raises(CodeMoveRefused):
        moving(resource)
    with tenancy.acting_as(resource.provider_id):
        services.withdraw_move(move_id=move.pk, provider_id=resource.provider_id, now=clock.now())
    moving(resource)


@pytest.mark.parametrize(
    "attack",
    [
        "UPDATE gateway_move SET to_code = 'X'",
        "UPDATE gateway_move SET state = 'DONE'",
        "DELETE FROM gateway_move",
    ],
)
def test_the_database_keeps_moves(other, attack):
    moving(registered())

    with (
        pytest.raises(DatabaseError),
        tenancy.acting_as_platform(),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(attack)
    with tenancy.acting_as(factories.BuyerFactory().pk):
        assert CodeMove.objects.count() == 0
        assert ExpectedMove.objects.count() == 0
