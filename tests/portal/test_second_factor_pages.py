"""Signing in in two steps and getting back in: our look, our words, in both languages."""

import re

import pytest
from django.test import Client

from identity.contracts import Role
from tests import cast

pytestmark = pytest.mark.django_db
PAGES = ("/accounts/2fa/", "/accounts/2fa/totp/activate/", "/accounts/password/change/")
OPEN = ("/accounts/password/reset/", "/accounts/password/reset/done/", "/accounts/login/")
# What the library says by itself.
RAW = (
    "Two-Factor Authentication", "Authenticator App", "Authenticator secret", "Password Reset",
    "Reset My Password", "Bad Token", "New Password (again)", "Please contact us", "双因素",
)  # fmt: skip


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_no_page_of_signing_in_speaks_with_anothers_words(language):
    member = cast.signed_in(cast.member(cast.organization(), Role.BUYER, second_factor=False))
    for browser, pages in ((member, PAGES), (Client(), OPEN)):
        for page in pages:
            said = browser.get(page, headers={"Accept-Language": language}, follow=True)

            assert said.status_code == 200, page
            assert [raw for raw in RAW if raw in said.text] == [], page
            words = re.sub(r"<[^>]+>", " ", said.text.partition("<main")[2])
            assert language == "en" or re.search(r"[\u4e00-\u9fff]", words), page


def test_a_link_that_was_used_leads_to_a_new_one():
    page = Client().get("/accounts/password/reset/key/x-y/", headers={"Accept-Language": "en"})

    assert "This link opens nothing" in page.text
    assert "/accounts/password/reset/" in page.text
