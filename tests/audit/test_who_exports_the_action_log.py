"""Everybody's acts are exported by whose duty it is to read them."""

from uuid import uuid4

import pytest

from identity.contracts import Actor, Role
from marketplace.audit.contracts import ExportKind, ExportNotAllowed, ExportScope
from marketplace.audit.services.requesting import export_scope_of, kinds_for


def actor(*roles: Role) -> Actor:
    return Actor(organization_id=uuid4(), roles=frozenset(roles), person_id=1)


@pytest.mark.parametrize("role", [Role.AUDITOR, Role.OPERATOR])
def test_oversight_exports_what_everybody_did(role):
    assert export_scope_of(actor(role), ExportKind.EVENTS) == ExportScope.PLATFORM


def test_a_trader_exports_what_concerns_it():
    assert export_scope_of(actor(Role.BUYER), ExportKind.EVENTS) == ExportScope.OWN
    assert ExportKind.LEDGER not in kinds_for(actor(Role.BUYER))


def test_a_duty_with_money_is_none_to_read_what_everybody_did():
    finance = actor(Role.FINANCE)

    with pytest.raises(ExportNotAllowed):
        export_scope_of(finance, ExportKind.EVENTS)
    assert ExportKind.EVENTS not in kinds_for(finance)
    assert ExportKind.LEDGER in kinds_for(finance)
