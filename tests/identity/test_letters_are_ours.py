"""Letters bear the market's name, in their reader's language, as text and as HTML."""

import re

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse

from identity import letters
from identity.contracts import Role
from tests import cast

pytestmark = pytest.mark.django_db


def reset(email: str, browser: Client) -> mail.EmailMultiAlternatives:
    browser.post(reverse("account_reset_password"), {"email": email})
    return mail.outbox[-1]


@pytest.mark.parametrize(
    ("language", "words"), [("en", "Choose a new password"), ("zh-hans", "设置新密码")]
)
def test_a_letter_is_written_in_the_language_of_its_reader(language, words):
    person = cast.member(cast.organization("Buyer"), Role.BUYER)
    person.language = language
    person.save()
    stranger = Client()
    stranger.cookies["django_language"] = "en" if language == "zh-hans" else "zh-hans"

    letter = reset(person.email, stranger)

    assert words in letter.subject
    assert "example.com" not in letter.body + letter.subject
    [(html, kind)] = letter.alternatives
    assert kind == "text/html"
    link = re.search(r"https?://\S+/password/reset/key/\S+", letter.body)[0]
    assert f'href="{link}"' in html


def test_a_letter_to_nobody_leads_to_no_page_that_is_closed():
    letter = reset("nobody@nowhere.example", Client())

    assert reverse("account_signup") not in letter.body


def test_what_stands_in_a_letter_is_never_markup():
    letter = letters.made("x", "<script>alert(1)</script>\n\nhttps://a.example/?a=1&b=2", "a@b.cn")

    [(html, _kind)] = letter.alternatives
    assert "<script>" not in html
    assert 'href="https://a.example/?a=1&amp;b=2"' in html


def test_a_letter_says_that_nobody_wrote_it():
    assert letters.made("x", "y", "a@b.cn").message()["Auto-Submitted"] == "auto-generated"
