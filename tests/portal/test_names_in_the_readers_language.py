"""An organisation with a name in both languages is called by that of the reader, on every page."""

import html
import re
from collections.abc import Iterator

import pytest
from django.test import Client

from common import tenancy
from identity.models import Organization, User
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
