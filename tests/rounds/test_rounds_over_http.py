"""Call rounds over the API and on pages, as a buyer, an operator, and somebody who checks."""

import json
import subprocess
import sys
from typing import Any
from uuid import uuid4

import pytest
import time_machine

from common import moments, tenancy
from identity.contracts import Role
from marketplace.portal.views.rounds import VERIFIER
from marketplace.rounds import selectors, services
from marketplace.rounds.models import CallRound
from tests import cast
from tests.catalog import supply
from tests.orders.cast import buyer
from tests.rounds.cast import (
    CLOSED,
    ENDED,
    FROM,
    HOUR,
    OPEN,
    SCHEDULE,
    asks,
    decided,
    option,
    place,
    scheduled,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def owner():
    return buyer("10000")


@pytest.fixture
def visitor(owner):
    return cast.signed_in(cast.member(owner, Role.BUYER))


@pytest.fixture
def operator():
    office = cast.organization("Office")
    return cast.signed_in(cast.member(office, Role.OPERATOR))


def body(limit: int = 400, **changes: Any) -> dict[str, Any]:
    wanted = {"units_milli": 2000, "hours": 2, "starts_at": FROM.isoformat()}
    return {"limit_minor": limit, "options": [wanted | changes]}


def send(visitor, path: str, data: Any, key: str = "") -> Any:
    return visitor.post(
        f"/api/v1/{path}",
        json.dumps(data),
        content_type="application/json",
        headers={"Idempotency-Key": key or uuid4().hex},
    )


def test_a_round_is_scheduled_entered_raised_decided_and_checked_by_program(
    visitor, operator, tmp_path
):
    supply.listed(cards=4, price="2.00")
    moments = {name: getattr(SCHEDULE, name).isoformat() for name in SCHEDULE.__slots__}
    asked = {
        "resource_class": "AI",
        "hubs": ["ZHW"],
        "delivers_from": FROM.isoformat(),
        "delivers_until": (FROM + 12 * HOUR).isoformat(),
        "solve_seconds": 2,
    }
    with time_machine.travel(OPEN, tick=False):
        made = send(operator, "call-rounds", asked | moments)
        assert made.status_code == 201, made.content
        path = f"call-rounds/{made.json()['id']}"
        order = send(visitor, f"{path}/orders", body(150)).json()
        assert send(visitor, f"{path}/orders", body(0)).status_code == 400
        early = visitor.get(f"/api/v1/{path}/result")
        assert (early.status_code, early.json()["code"]) == (409, "round_not_decided")
    one = f"round-orders/{order['id']}"
    with time_machine.travel(CLOSED, tick=False):
        stays = send(visitor, f"{one}/withdraw", {})
        assert stays.json()["code"] == "round_order_stays"
        raised = send(visitor, f"{one}/amend", body(400) | {"revision": 1})
        assert raised.json()["limit_minor"] == 400, raised.content
        assert send(visitor, f"{path}/orders", body()).json()["code"] == "round_not_open"
    with tenancy.acting_as_platform():
        decided(CallRound.objects.get(pk=made.json()["id"]))

    found = visitor.get(f"/api/v1/{one}").json()
    assert (found["state"], found["why"]) == ("FILLED", "filled")
    assert found["lots"][0]["order_number"].startswith("O-")
    proof = visitor.get(f"/api/v1/{one}/proof").json()
    assert proof["order_root"] == visitor.get(f"/api/v1/{path}").json()["order_root"]
    document = visitor.get(f"/api/v1/{path}/result").json()
    assert checked(document, tmp_path) == 0
    document["answer"]["price"] -= 1
    assert checked(document, tmp_path) == 1
    assert checked({"format": "x"}, tmp_path) == 2


def checked(document: Any, folder: Any) -> int:
    """Let the script check a document, away from everything of ours."""
    script = folder / "verify_round.py"
    script.write_bytes(VERIFIER.read_bytes())
    file = folder / "round.json"
    file.write_text(json.dumps(document), encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-I", str(script), str(file)], capture_output=True, check=False
    )
    return done.returncode


def test_the_pages_of_a_round_say_where_it_stands(visitor, operator, owner):
    supply.listed(cards=4, price="2.00")
    row = scheduled()
    typed = {
        "units": "4",
        "hours": "2",
        "starts_at": local(FROM),
        "limit": "4.00",
        "use_vouchers": "on",
        "key": str(uuid4()),
    }
    with time_machine.travel(OPEN, tick=False):
        for path in ("/rounds/", f"/rounds/{row.pk}/", f"/rounds/{row.pk}/enter/"):
            assert visitor.get(path).status_code == 200, path
        assert operator.get("/rounds/new/").status_code == 200
        wrong = visitor.post(f"/rounds/{row.pk}/enter/", typed | {"limit": "0"})
        assert wrong.status_code == 422
    other = buyer("10000", "Other")
    high = place(row, owner, asks(400, option(cards=4)))
    low = place(row, owner, asks(300, option(cards=4)))
    place(row, other, asks(350, option(cards=4)))
    decided(row)

    with time_machine.travel(ENDED + HOUR, tick=False):
        page = visitor.get(f"/rounds/{row.pk}/").content.decode()
        assert f"#{high.tag}" in page
        assert f"#{low.tag}" in page
        assert "Other" not in page
        assert visitor.get(f"/rounds/{row.pk}/result.json")["Content-Disposition"]
        assert visitor.get(f"/rounds/orders/{high.pk}/proof.json").json()["order"]["tag"] == 1
        assert b"verify_round" in visitor.get("/rounds/verify_round.py").content


def test_an_order_is_entered_changed_and_withdrawn_by_page(visitor, owner):
    row = scheduled()
    typed = {
        "units": "4",
        "hours": "2",
        "starts_at": local(FROM),
        "window": "3",
        "otherwise_start": "6",
        "limit": "4.00",
        "use_vouchers": "on",
        "key": str(uuid4()),
    }
    with time_machine.travel(OPEN, tick=False):
        assert visitor.post(f"/rounds/{row.pk}/enter/", typed).status_code == 302
        with tenancy.acting_as(owner.pk):
            order = selectors.orders_of(row.pk, buyer_id=owner.pk).get()
        assert len(order.terms["options"]) == 2
        path = f"/rounds/orders/{order.pk}/"
        change = typed | {"limit": "5.00", "revision": "1", "key": str(uuid4())}
        assert visitor.post(path, change).status_code == 302
        assert visitor.post(path, change | {"key": str(uuid4())}).status_code == 422
        assert visitor.post(f"{path}withdraw/").status_code == 302
    with tenancy.acting_as(owner.pk):
        over = selectors.orders_of(row.pk, buyer_id=owner.pk).get()
    assert (over.state, over.limit_minor) == ("WITHDRAWN", 500)


def test_a_round_is_called_off_with_its_reason_and_its_orders_end(operator, owner, visitor):
    row = scheduled()
    order = place(row, owner, asks(300))

    with time_machine.travel(OPEN, tick=False):
        assert operator.post(f"/rounds/{row.pk}/call-off/", {"reason": ""}).status_code == 400
        operator.post(f"/rounds/{row.pk}/call-off/", {"reason": "A flood"})

    assert visitor.get(f"/api/v1/round-orders/{order.pk}").json()["why"] == "round_called_off"
    services.advance(round_id=row.pk, now=ENDED)
    assert selectors.call_round(row.pk).state == "CALLED_OFF"


def local(at: Any) -> str:
    return at.astimezone(moments.market_zone()).strftime("%Y-%m-%dT%H:%M")
