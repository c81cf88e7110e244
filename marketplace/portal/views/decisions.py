"""How orders and demands were decided, as files, and the scripts that decide them again."""

import json
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from django.http import Http404, HttpResponse

import pricing as pricing_room
from common import clock
from common.canonical import plain
from identity.contracts import Role
from marketplace import demands as demands_room
from marketplace import orders as orders_room
from marketplace.demands import selectors as demands_selectors
from marketplace.orders import receipts
from marketplace.orders import selectors as orders_selectors
from marketplace.portal import order_page
from marketplace.portal.access import PortalRequest, page
from marketplace.settlement import selectors as settlement_selectors

CLEARING_VERIFIER: Final = Path(orders_room.__file__).with_name("verify_clearing.py")
PRICE_VERIFIER: Final = Path(pricing_room.__file__).with_name("verify_price.py")
DEMAND_VERIFIER: Final = Path(demands_room.__file__).with_name("verify_demand.py")


@page(Role.AUDITOR, Role.OPERATOR)
def clearing_round_file(request: PortalRequest, round_number: str) -> HttpResponse:  # noqa: ARG001 - Django's form
    """Give a clearing round with its input: it holds cash and vouchers of every buyer in it."""
    return _document(orders_selectors.round_file(number=round_number))


@page(Role.BUYER, Role.AUDITOR, Role.OPERATOR)
def demand_decision(request: PortalRequest, demand_id: UUID) -> HttpResponse:
    """Give how a demand was decided: a buyer its own, who watches the market any."""
    watches = request.actor.has_role(Role.AUDITOR, Role.OPERATOR)
    found = demands_selectors.demand(
        demand_id=demand_id, buyer_id=None if watches else request.actor.organization_id
    )
    return _document(demands_selectors.decision_file(found))


@page(Role.BUYER, Role.PROVIDER, Role.AUDITOR, Role.OPERATOR, Role.FINANCE)
def order_charges_file(request: PortalRequest, order_id: UUID) -> HttpResponse:
    """Give what an order was charged, with what its plan says and what was counted."""
    page = orders_selectors.order_page(
        order_id=order_id,
        at=clock.now(),
        organization_id=order_page.whose_orders(request.actor),
        with_entries=False,
    )
    contract = settlement_selectors.rerated_for(order_id=order_id)
    empty = plain(receipts.empty_receipt(order_id))
    if contract is None and empty is not None:
        return _document({"kind": "receipt", "number": page.order.number, "receipt": empty})
    if contract is None:
        raise Http404
    document = settlement_selectors.charges_document(contract)
    if empty is not None:
        document["receipt"] = empty
    # Named as the order's page, which says what to run, calls it.
    return _document(document, called=contract.order.number)


@page()
def clearing_verifier(request: PortalRequest) -> HttpResponse:  # noqa: ARG001 - Django's form
    """Give the script that clears a round again and needs nothing else."""
    return _script(CLEARING_VERIFIER)


@page()
def price_verifier(request: PortalRequest) -> HttpResponse:  # noqa: ARG001 - Django's form
    """Give the script that computes a price again; beside the other it prices times of use."""
    return _script(PRICE_VERIFIER)


@page()
def demand_verifier(request: PortalRequest) -> HttpResponse:  # noqa: ARG001 - Django's form
    """Give the script that decides a demand again and needs nothing else."""
    return _script(DEMAND_VERIFIER)


def _document(found: dict[str, Any], *, called: str = "") -> HttpResponse:
    text = json.dumps(found, ensure_ascii=False, sort_keys=True, indent=1)
    return _file(text, "application/json", f"{called or found['number']}.json")


def _script(path: Path) -> HttpResponse:
    return _file(path.read_text(encoding="utf-8"), "text/x-python", path.name)


def _file(text: str, kind: str, name: str) -> HttpResponse:
    answer = HttpResponse(text, content_type=f"{kind}; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer
