"""An organisation with a name in both languages is called by that of the reader, on every page."""

import html
import re
from collections.abc import Iterator
from types import SimpleNamespace

import pytest
from django.test import Client
from django.utils import translation

from common import clock, tenancy
from identity import appointments, letters
from identity.approvals.contracts import Person
from identity.contracts import Role
from identity.models import Organization, User
from marketplace.portal import names
from tests import cast, factories
from tests.portal.test_every_page_for_everyone import pages
from tests.portal.visitor import demo

ROLES = ("buyer", "provider", "auditor", "issuer", "finance", "operator")
# Pages whose matter is the entry of an organisation, with both of its names; and rows of an export
# as its file holds them: records keep the legal name of their day.
ENTRIES = re.compile(r"/organizations/|/audit/exports/")
LANGUAGES = {"en": "name", "zh-hans": "name_en"}  # by which name nobody is called there


def strange_names(field: str) -> set[str]:
    """Return the names that no page of a language shows."""
    own = {"name": "name_en", "name_en": "name"}[field]
    rows = Organization.objects.exclude(name_en="").values(field, own)
    return {row[field] for row in rows if row[field] != row[own] and row[field] not in row[own]}


def found_on(path: str, reply, names: set[str]) -> Iterator[str]:
    if not reply["Content-Type"].startswith("text/html"):
        return
    text = html.unescape(reply.content.decode())
    for name in names:
        if name in text:
            at = text.index(name)
            yield f"{path}: {' '.join(text[max(0, at - 60) : at + len(name) + 10].split())}"


@pytest.mark.slow
@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("role", ROLES)
def test_every_page_calls_organisations_by_their_name_in_its_language(
    sample_market, role, language
):
    browser = Client(headers={"Accept-Language": language})
    with tenancy.acting_as_platform():
        person = User.objects.get(email=demo(role))
        User.objects.filter(pk=person.pk).update(language=language)
        names = strange_names(LANGUAGES[language])
        addresses = [path for path in pages(role) if not ENTRIES.match(path)]
    browser.force_login(person)

    assert len(names) > 3
    found = [line for path in addresses for line in found_on(path, browser.get(path), names)]
    assert found == [], "\n".join(found)


@pytest.fixture
def haichao(db) -> Organization:
    return factories.OrganizationFactory(name="海潮模型科技", name_en="Haichao Models")


@pytest.mark.parametrize(
    ("language", "shown"),
    [("en", "Haichao Models"), ("zh-hans", "海潮模型科技")],
    ids=["English", "Chinese"],
)
def test_what_is_proposed_and_recorded_of_a_party_bears_its_name(haichao, language, shown):
    office = cast.organization("Platform")
    first, second = (cast.member(office, Role.OPERATOR) for _each in range(2))
    by = Person(first.pk, office.pk)
    with tenancy.acting_as_platform():
        appointments.propose_role(
            organization_id=haichao.pk, email="new@test.example", role=Role.AUDITOR,
            reason="audits", by=by, now=clock.now(),
        )  # fmt: skip
    browser, headers = cast.signed_in(second), {"Accept-Language": language}

    proposals = browser.get("/approvals/?show=waiting", headers=headers).context["table"].rows
    events = browser.get("/activity/", {"q": haichao.name}, headers=headers).context["table"].rows

    assert [row.it.label for row in proposals] == [shown]
    entered = [row.it for row in events if row.it.told.object_kind == "organization"]
    assert {line.object for line in entered} == {shown}


def test_a_letter_names_the_organisation_in_each_of_its_languages(
    haichao, mailoutbox, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        letters.invite(email="new@test.example", organization=haichao)

    chinese, english = mailoutbox[0].body.split("\n\n")
    assert ("海潮模型科技" in chinese, "Haichao Models" in english) == (True, True)
    assert "海潮模型科技" not in english


def test_a_record_of_a_former_name_is_read_as_it_is(haichao):
    with translation.override("en"):
        now = SimpleNamespace(buyer=haichao, buyer_name=haichao.name)
        former = SimpleNamespace(buyer=haichao, buyer_name="海浪模型科技")

        assert names.recorded(now, "buyer") == "Haichao Models"
        assert names.recorded(former, "buyer") == "海浪模型科技"
