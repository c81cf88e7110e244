import pytest
from django.core.management import CommandError, call_command

from common import tenancy
from identity import services as identity
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


def test_from_the_third_operator_on_two_people_agree():
    appoint("first@test.example")
    appoint("second@test.example")
    appoint("second@test.example")

    with pytest.raises(CommandError, match="operators_there"):
        appoint("third@test.example")

    with tenancy.acting_as_platform():
        assert not User.objects.filter(email="third@test.example").exists()
        assert Membership.objects.filter(role=Role.OPERATOR).count() == 2


def test_one_who_may_not_sign_in_is_no_operator_that_counts():
    appoint("first@test.example")
    appoint("second@test.example")
    with tenancy.acting_as_platform():
        identity.close_accounts(emails=["second@test.example"])

    appoint("third@test.example")

    with tenancy.acting_as_platform():
        assert Membership.objects.filter(role=Role.OPERATOR).count() == 3
