"""Invitations and connections of identity providers, as commands tell programs."""

import json
from io import StringIO

import pytest
from django.core.management import call_command

from common import clock, tenancy
from identity.contracts import Role
from identity.entry.models import Invitation
from tests import cast

pytestmark = pytest.mark.django_db


def told(*arguments: str) -> list[dict]:
    out = StringIO()
    call_command(*arguments, "--json", stdout=out)
    return json.loads(out.getvalue())


def test_invitations_are_listed_by_number_and_role():
    acme, other = cast.organization("Acme"), cast.organization("Other")
    now = clock.now()
    with tenancy.acting_as_platform():
        for owner in (acme, other):
            Invitation.objects.create(
                organization=owner,
                user=cast.somebody(),
                role=Role.BUYER,
                invited_at=now,
                sent_at=now,
                expires_at=now.replace(year=now.year + 1),
            )

    (mine,) = told("invitations", acme.uscc)

    assert len(told("invitations")) == 2
    assert (mine["organization"], mine["role"], mine["state"]) == (acme.uscc, "BUYER", "WAITING")
    assert "@" not in json.dumps(mine)
