"""A code moves to another node once both signed: the other one first."""

import json

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction
from rest_framework.test import APIClient

from common import clock, statements, tenancy
from common.errors import NotFound
from common.ids import uuid7
from gateway import asking, keys
from gateway import selectors as gateway_selectors
from gateway import services as gateway_services
from gateway.asking import CodeAnswer
from gateway.contracts import KeyPurpose, own_code
from gateway.models import DueSigning
from gateway.peering import outgoing, pushing, services
from gateway.peering.contracts import (
    CodeMoveRefused,
    MoveCountersigned,
    MoveState,
    MoveUnexpected,
)
from gateway.peering.models import CodeMove, ExpectedMove
from gateway.rules import renames
from identity import services as identity
from identity.contracts import RenameKind, Role
from identity.events.models import RecordedEvent
from identity.services import MoveNotAgreed
from tests import cast, factories
from tests.factories import NOW
from tests.gateway.levels import reply_of
from tests.peering.cast import admit, code_of, far, send, signed
from tests.senders.cast import api_key

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
        return answer(body["text"]) if body else reply_of({}, 503)

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


def test_a_text_that_is_older_than_the_key_is_written_anew(other, monkeypatch):
    resource = registered()
    move = moving(resource)
    texts = []

    def line(text):
        texts.append(text)
        if len(texts) == 1:  # Meanwhile the old key is lost, and a new one published.
            keys.add_key(KeyPurpose.REGISTER)
            file = keys._path(KeyPurpose.REGISTER)
            file.write_text(file.read_text().splitlines()[-1] + "\n")
            with tenancy.acting_as_platform():
                gateway_services.publish_keyset(now=clock.now())
        return reply_of({"line": countersigned(other, text)})

    answering(other, monkeypatch, line)

    assert pushing.ask_moves() == 0
    assert pushing.ask_moves() == 1
    assert texts[0] != texts[1]
    with tenancy.acting_as_platform():
        move.refresh_from_db()
    assert move.state == MoveState.DONE


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


def expecting(resource, from_code=THERE):
    with tenancy.acting_as(resource.provider_id):
        return services.expect_move(
            resource_id=resource.pk,
            provider_id=resource.provider_id,
            from_code=from_code,
            by_id=None,
            now=clock.now(),
        )


def text_of(other, resource):
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
    return statements.text("rename", other.code, body)


def taken(text):
    said = renames.read(statements.parse(text).body)
    return services.take_move(text=text, said=said)


def test_what_is_expected_is_withdrawn_until_this_node_signed(other):
    resource = registered()
    first, text = expecting(resource), text_of(other, resource)
    assert taken(text) == ""

    with pytest.raises(NotFound):
        withdraw(resource, first, provider_id=factories.OrganizationFactory().pk)
    withdraw(resource, first)
    with pytest.raises(CodeMoveRefused):
        withdraw(resource, first)

    with pytest.raises(MoveUnexpected):
        taken(text)
    with tenancy.acting_as_platform():
        assert services.countersign_due(now=clock.now()) == 0
    again = expecting(resource)
    taken(text)
    with tenancy.acting_as_platform():
        assert services.countersign_due(now=clock.now()) == 1
    with pytest.raises(MoveCountersigned):
        withdraw(resource, again)
    with tenancy.acting_as_platform():
        told = RecordedEvent.objects.filter(name__startswith="peering.move").order_by("id")
        names = [each.name for each in told]
    assert names == [
        "peering.move.expected",
        "peering.move.expectation_withdrawn",
        "peering.move.expected",
        "peering.move.countersigned",
    ]


def withdraw(resource, expected, provider_id=None):
    owner = provider_id or resource.provider_id
    with tenancy.acting_as(owner):
        services.withdraw_expected(expected_id=expected.pk, provider_id=owner, now=clock.now())


def test_the_other_owner_is_told_once_that_a_move_is_not_expected(other, monkeypatch):
    resource = registered()
    moving(resource)
    answering(other, monkeypatch, lambda _text: reply_of({"code": "move_unexpected"}, 409))

    for _twice in range(2):
        with tenancy.acting_as_platform():
            CodeMove.objects.update(due_at=clock.now())
        assert pushing.ask_moves() == 0

    with tenancy.acting_as_platform():
        (told,) = RecordedEvent.objects.filter(name="peering.move.refused")
    assert told.facts["code"] == "move_unexpected"


def test_the_command_takes_either_back(other, capsys):
    resource = registered()
    expecting(resource)
    code = resource.identifier

    call_command("move_code", code, "--expect", THERE, "--withdraw", "--json")
    with pytest.raises(CommandError):
        call_command("move_code", code, "--expect", THERE, "--withdraw")
    with pytest.raises(CommandError):
        call_command("move_code", code, "--to", THERE, "--withdraw")
    moving(resource)
    call_command("move_code", code, "--to", THERE, "--withdraw")

    assert json.loads(capsys.readouterr().out.splitlines()[0])["withdrawn"] is True
    with tenancy.acting_as_platform():
        assert CodeMove.objects.get().state == MoveState.WITHDRAWN


def test_an_owner_withdraws_over_http_and_on_the_page(other):
    resource = registered()
    owner = cast.member(resource.provider, Role.PROVIDER)
    page, api = cast.signed_in(owner), APIClient()
    api.credentials(
        HTTP_AUTHORIZATION="Bearer "
        + api_key(resource.provider, scopes=("resources:read", "resources:write"), now=clock.now())
    )
    path = "/api/gateway/v1/moves/expected"
    wish = {"resource_id": str(resource.pk), "from_code": THERE}
    made = api.post(path, wish, format="json", headers={"Idempotency-Key": "a"}).json()

    assert made["withdrawn_at"] is None, made
    assert api.delete(f"{path}/{made['id']}").status_code == 204
    assert api.delete(f"{path}/{made['id']}").json()["code"] == "move_refused"
    (row,) = api.get(path).json()["results"]
    assert (row["id"], row["withdrawn_at"] is None) == (made["id"], False)

    again = expecting(resource)
    sheet = f"/supply/moves/expected/{again.pk}/withdraw/"
    assert sheet in page.get("/supply/moves/").content.decode()
    assert page.get(sheet).status_code == 200
    assert page.post(sheet, {"key": str(uuid7())}).status_code == 302
    with tenancy.acting_as_platform():
        again.refresh_from_db()
    assert again.withdrawn_at is not None
    assert sheet not in page.get("/supply/moves/").content.decode()


@pytest.mark.parametrize(
    "attack",
    [
        "UPDATE gateway_expectedmove SET withdrawn_at = now()",
        "UPDATE gateway_expectedmove SET countersigned_at = NULL",
        "UPDATE gateway_expectedmove SET to_code = 'X'",
        "DELETE FROM gateway_expectedmove",
    ],
)
def test_the_database_keeps_what_was_countersigned(other, attack):
    resource = registered()
    expecting(resource)
    taken(text_of(other, resource))
    with tenancy.acting_as_platform():
        services.countersign_due(now=clock.now())

    with (
        pytest.raises(DatabaseError),
        tenancy.acting_as_platform(),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(attack)


def test_a_new_key_bears_out_the_moves_that_were_countersigned(other):
    resource = registered()
    expecting(resource)
    text = text_of(other, resource)
    taken(text)
    with tenancy.acting_as_platform():
        services.countersign_due(now=clock.now())
        keys.add_key(KeyPurpose.REGISTER)
        DueSigning.objects.update(due_at=NOW)
        gateway_services.sign_due(now=clock.now())
        DueSigning.objects.update(due_at=NOW)
        gateway_services.sign_due(now=clock.now())

    (again,) = gateway_selectors.renewals(statements.digest(text))
    assert again.issuer == own_code()


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
