"""Language, theme and organisation are remembered; what goes wrong is said on a page."""

import pytest
from django.conf import settings
from django.test import Client, RequestFactory
from django.urls import reverse
from django.utils import translation

from common import tenancy
from config import failures
from identity import services as identity
from identity.contracts import Role
from identity.models import User
from tests import cast

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(("language", "html"), [("en", 'lang="en"'), ("zh-hans", 'lang="zh-Hans"')])
def test_the_language_is_kept_in_a_cookie_and_in_the_account(language, html):
    person = cast.member(cast.organization("Buyer"), Role.BUYER)
    browser = cast.signed_in(person)

    browser.post(reverse("portal:choose-language"), {"language": language})

    assert html in browser.get(reverse("portal:market")).content.decode()
    assert User.objects.get(pk=person.pk).language == language


def test_an_unknown_language_changes_nothing():
    browser = Client()

    browser.post(reverse("portal:choose-language"), {"language": "tlh"})

    assert settings.LANGUAGE_COOKIE_NAME not in browser.cookies


def test_chinese_is_the_default():
    assert 'lang="zh-Hans"' in Client().get(reverse("account_login")).content.decode()


@pytest.mark.parametrize("target", ["https://elsewhere.example/", "//elsewhere.example", ""])
def test_a_switch_never_leads_to_another_site(target):
    response = Client().post(reverse("portal:choose-theme"), {"theme": "dark", "next": target})

    assert response["Location"] == "/"


def test_a_member_of_two_organisations_switches_between_them():
    first, second = cast.organization("First"), cast.organization("Second")
    person = cast.member(first, Role.BUYER)
    with tenancy.acting_as_platform():
        identity.add_member(organization_id=second.pk, user_id=person.pk, role=Role.PROVIDER)
    browser = cast.signed_in(person)

    browser.post(reverse("portal:choose-organization"), {"organization": str(second.pk)})

    assert browser.get(reverse("portal:listings")).status_code == 200
    assert browser.get(reverse("portal:vouchers")).status_code == 403


def test_a_foreign_organisation_cannot_be_chosen():
    browser = cast.signed_in(cast.member(cast.organization("Own"), Role.BUYER))
    foreign = cast.organization("Foreign")

    response = browser.post(reverse("portal:choose-organization"), {"organization": foreign.pk})

    assert response.status_code == 404


def test_malformed_filters_count_as_not_chosen():
    browser = cast.signed_in(cast.member(cast.organization("Buyer"), Role.BUYER))
    query = "resource_class=X&price_min=NaN&price_max=-1&hub=%00&chip=%27%3B--&sort=y&view=z&q=%FF"

    response = browser.get(f"{reverse('portal:market')}?{query}")

    assert response.status_code == 200


def test_who_lacks_a_second_factor_is_told_where_to_set_it_up():
    auditor = cast.member(cast.organization("Audit"), Role.AUDITOR, second_factor=False)
    browser = cast.signed_in(auditor)

    refused = browser.get(reverse("portal:ledger"), headers={"Accept-Language": "en"})

    assert refused.status_code == 403
    assert "wait for a second factor" in refused.text
    assert reverse("mfa_index") in refused.text
    assert "Switch to another" not in refused.text


def test_a_cursor_of_somebody_else_is_a_bad_request_not_a_failure():
    browser = cast.signed_in(cast.member(cast.organization("Buyer"), Role.BUYER))

    response = browser.get(f"{reverse('portal:market')}?cursor=bm9uc2Vuc2U")

    assert response.status_code == 400


@pytest.mark.parametrize(
    ("answer", "status", "english", "chinese"),
    [
        (failures.bad_request, 400, "could not be read", "无法读取请求"),
        (failures.forbidden, 403, "does not reach", "无权打开此页"),
        (failures.not_found, 404, "Nothing is here", "这里没有内容"),
        (failures.server_error, 500, "failed at this", "市场未能完成此操作"),
    ],
)
def test_failures_are_pages_in_both_languages(answer, status, english, chinese):
    request = RequestFactory().get("/nowhere/")

    for language, words in (("en", english), ("zh-hans", chinese)):
        with translation.override(language):
            response = answer(request)
        assert response.status_code == status
        assert words in response.content.decode()


def test_a_page_made_without_a_request_follows_the_theme_of_the_readers_system():
    page = failures.server_error(RequestFactory().get("/nowhere/")).content.decode()

    assert 'data-chosen="system"' in page
