"""Commands tell what is left, what is kept of a person, and which incidents are open, as JSON."""

import json
import zipfile
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from identity.contracts import Role
from tests import cast
from tests.rights import cast as rights

pytestmark = pytest.mark.django_db


def told(*arguments):
    out = StringIO()
    call_command(*arguments, "--json", stdout=out)
    return json.loads(out.getvalue())


def test_what_an_organisation_has_left():
    acme = cast.organization("Acme")

    answer = told("what_is_left", acme.uscc)

    assert answer["life"] == "ACTIVE"
    assert {each["count"] for each in answer["left"]} == {0}
    with pytest.raises(CommandError):
        told("what_is_left", "nobody")


def test_what_is_kept_of_a_person(tmp_path):
    person = cast.member(cast.organization("Acme"), Role.BUYER)
    file = tmp_path / "data.zip"

    assert told("own_data", person.email, str(file))["person"] == person.pk

    with zipfile.ZipFile(file) as archive:
        assert json.loads(archive.read("data.json"))["profile"]["email"] == person.email
    for wrong in ((person.email, str(file)), ("nobody@test.example", str(tmp_path / "x"))):
        with pytest.raises(CommandError):
            told("own_data", *wrong)


def test_which_incidents_are_open():
    found = rights.reported(timezone.now())

    assert [each["id"] for each in told("open_incidents")] == [str(found.pk)]
