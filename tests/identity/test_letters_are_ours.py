"""Letters bear the market's name, in their reader's language, as text and as HTML."""

import re
from datetime import timedelta

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from common import tenancy
from identity import letters
from identity import services as identity
from identity.adapters import AccountAdapter
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


@pytest.mark.parametrize("language", ["en", "zh-hans"])
@pytest.mark.parametrize("change", sorted(letters.ACCOUNT_CHANGES))
def test_whoever_signs_in_is_told_what_became_of_it(
    change, language, rf, django_capture_on_commit_callbacks
):
    person = cast.member(cast.organization("Buyer"), Role.BUYER)
    person.language = language
    with django_capture_on_commit_callbacks(execute=True):
        AccountAdapter(rf.get("/")).send_notification_mail(change, person)
    letter = mail.outbox[-1]
    assert letter.to == [person.email]
    assert ("not you" in letter.body) == (language == "en")


def test_a_password_that_was_set_by_a_link_is_told(django_capture_on_commit_callbacks):
    person, browser = cast.member(cast.organization("Buyer"), Role.BUYER), Client()
    letter = reset(person.email, browser)
    link = re.search(r"https?://[^/]+(/\S+/password/reset/key/\S+)", letter.body)[1]
    form = browser.get(link, follow=True)
    typed = dict.fromkeys(("password1", "password2"), "a-long-New-password-7")
    with django_capture_on_commit_callbacks(execute=True):
        browser.post(form.redirect_chain[-1][0], typed)
    assert "link" in mail.outbox[-1].body or "链接" in mail.outbox[-1].body
    assert len(mail.outbox) == 2


def test_keys_roles_and_closed_firms_are_told(django_capture_on_commit_callbacks):
    firm = cast.organization("Buyer")
    person = cast.member(firm, Role.BUYER)
    said, now = {"email": person.email, "language": "en"}, timezone.now()
    with tenancy.acting_as_platform(), django_capture_on_commit_callbacks(execute=True):
        identity.create_api_key(
            organization_id=firm.pk,
            created_by=person.pk,
            name="robot",
            roles=[Role.BUYER],
            scopes=["organizations:read"],
            now=now,
            expires_at=now + timedelta(days=1),
        )
        identity.take_role(organization_id=firm.pk, user_id=person.pk, role=Role.BUYER)
        letters.organization_closed(organization=firm, **said)
    assert [each.to for each in mail.outbox] == [[person.email]] * 3
    assert "robot" in mail.outbox[0].body
    assert all("/profile/data/" in each.body for each in mail.outbox[1:])
