import pytest
from django.core.management import CommandError, call_command

from common import tenancy
from identity.contracts import Role
from identity.models import Membership, Organization, User

pytestmark = pytest.mark.django_db
USCC = "91640500Y4CL12TH3M"


def appoint(email="boss@test.example", uscc=USCC):
    call_command("appoint_operator", email, "--uscc", uscc, "--name", "中卫算力")


def test_an_empty_market_gets_its_operator(capsys):
    appoint()
    appoint()

    with tenancy.acting_as_platform():
        held = Membership.objects.get()
        assert (held.user.email, held.role) == ("boss@test.example", Role.OPERATOR)
        assert held.organization.uscc == USCC
    assert "changepassword boss@test.example" in capsys.readouterr().out


def test_a_wrong_code_leaves_nothing_behind():
    with pytest.raises(CommandError, match="invalid_uscc"):
        appoint(uscc="91640500Y4CL12TH3N")

    assert not Organization.objects.exists()
    assert not User.objects.exists()
