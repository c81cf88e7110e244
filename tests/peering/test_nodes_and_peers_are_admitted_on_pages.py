"""Nodes and peers are proposed on a page by one operator, and admitted as another agrees."""

import base64
from uuid import uuid4

import pytest

from common import tenancy
from gateway import selectors as gateway_selectors
from gateway.contracts import NODE_KIND
from gateway.peering import selectors as peering_selectors
from identity.approvals.models import Proposal
from identity.contracts import Role
from tests import cast

pytestmark = pytest.mark.django_db
ENGLISH = {"accept-language": "en"}
NODE = {
    "code": "R31000",
    "name": "上海节点",
    "root_key": base64.b64encode(bytes(range(32))).decode(),
    "url": "https://sh.example",
    "prefixes": "SP2-R31000",
}


def operators():
    return [cast.signed_in(cast.member(cast.organization(), Role.OPERATOR)) for _person in range(2)]


def test_an_operator_proposes_a_node_on_a_page():
    first, _second = operators()

    answer = first.post("/ledger/gateway/nodes/new/", NODE | {"key": str(uuid4())})

    assert answer.status_code == 302
    with tenancy.acting_as_platform():
        proposal = Proposal.objects.filter(kind=NODE_KIND).latest("id")
        assert proposal.content["prefixes"] == ["SP2-R31000"]
        assert gateway_selectors.node("R31000") is None


@pytest.mark.parametrize(
    ("field", "value"),
    [("code", "Ｒ31000"), ("root_key", "x"), ("url", "javascript:a"), ("prefixes", "a b %")],
)
def test_what_has_no_form_is_told_beside_its_field(field, value):
    first, _second = operators()
    sent = NODE | {"key": str(uuid4()), field: value}

    answer = first.post("/ledger/gateway/nodes/new/", sent, headers=ENGLISH)

    assert answer.status_code == 422
    assert f'id="id_{field}' in answer.content.decode()
    with tenancy.acting_as_platform():
        assert not Proposal.objects.filter(kind=NODE_KIND).exists()


def test_a_peer_is_of_an_admitted_node():
    first, _second = operators()
    sent = {
        "node": "R52000",
        "url": "https://gz.example",
        "scopes": ["resolve"],
        "networks": "10.0.0.0/33",
        "rate": "50",
        "key": str(uuid4()),
    }

    answer = first.post("/ledger/gateway/peers/new/", sent, headers=ENGLISH)

    assert answer.status_code == 422
    with tenancy.acting_as_platform():
        assert not peering_selectors.peers().exists()


def test_who_has_no_duty_proposes_nothing():
    buyer = cast.signed_in(cast.member(cast.organization(), Role.BUYER))

    for path in ("/ledger/gateway/nodes/new/", "/ledger/gateway/peers/new/"):
        assert buyer.get(path).status_code in (403, 404)
