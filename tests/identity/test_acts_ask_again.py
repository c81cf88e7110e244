"""Money, roles and secrets ask again who somebody is; one list says which acts."""

import re
import time

import pytest
from django.urls import get_resolver

from common import seals
from config import showing_again
from identity.contracts import Role
from tests import cast

pytestmark = pytest.mark.django_db
ALIKE = re.compile(
    r"adjust|approv|bank|claw|clos|deposit|erasur|fund|key|limit|member|payout|reinstat|recover"
    r"|refund|repaid|role|appoint|secret|sso|suspend|token"
)
# Acts that look alike, and why nobody is asked again.
LEFT_OUT = {
    "account_": "asks for itself",
    "mfa_": "asks for itself",
    "ledger-": "only read",
    "verify": "only read",
    "adjustment": "only read",
    "agent-key": "of a machine, shown with its own key",
    "metering-agent": "of a machine, shown with its own key",
    "api-key": "ends what opens something",
    "personal-token": "ends what opens something",
    "tokens-revoke-all": "ends what opens something",
    "token-revoke": "ends what opens something",
    "approval": "only read; saying no and taking back do nothing",
    "assessor": "no role of the market",
    "bank-line": "only read",
    "book-closing-": "only read",
    "watch:": "no money, no role",
    "payout-": "only read",
    "order-tokens": "only read",
    "payouts": "only read",
    "voucher-recover": "only read",
    "case-close": "no money, no role",
    "delivery-key-waiting": "says that access waits; hands nothing over",
    "erasure-re": "asking and saying no erase nobody; erasing is listed",
    "own-erasure": "asking and saying no erase nobody; erasing is listed",
    "incident-close": "no money, no role",
    "incident-closing": "no money, no role",
    "listing-close": "ends an offer",
    "round": "no money, no role",
    "oauth-": "a program shows its secret",
    "sso-choose": "signs in",
    "sso-back": "signs in",
    "sso-go": "signs in",
    "gateway": "programs show their signatures",
    "witness": "programs show their signatures",
    "peer": "programs show their signatures",
    "webhook-": "tells of what happened, opens nothing",
}


def names(resolver=None, space=""):
    for each in (resolver or get_resolver()).url_patterns:
        if hasattr(each, "url_patterns"):
            yield from names(each, f"{space}{each.namespace}:" if each.namespace else space)
        elif each.name:
            yield space + each.name


def test_every_act_of_the_list_is_an_address():
    assert set(names()) >= showing_again.ACTS


def test_every_address_that_looks_like_one_is_listed_or_says_why_not():
    alike = {name for name in names() if ALIKE.search(name.removeprefix("portal:"))}
    left = {
        name
        for name in alike - showing_again.ACTS
        if not name.removeprefix("portal:").startswith(tuple(LEFT_OUT))
        and not name.startswith(tuple(LEFT_OUT))
    }

    assert left == set()


@pytest.fixture
def asked(settings):
    settings.SUANPAN_REAUTHENTICATION_SECONDS = 600
    person = cast.member(cast.organization("Acme"), Role.BUYER)
    with seals.signing_in():
        person.set_password("a long and good one")
        person.save()
    return person


def showed(browser, person, at):
    session = browser.session
    session["account_authentication_methods"] = [{"method": "password", "at": at}]
    session["account_authentication_methods_user"] = str(person.pk)
    session.save()


def test_an_old_session_makes_no_secret_and_gives_no_role(asked):
    browser = cast.signed_in(asked)
    organization = browser.get("/api/v1/me").json()["organization"]["id"]
    for age, codes in ((3600, (403, 302)), (0, (201, 200))):
        showed(browser, asked, time.time() - age)
        path = f"/api/v1/organizations/{organization}/members"
        body = {"email": f"a{age}@test.example", "role": "BUYER"}
        reply = browser.post(path, body, content_type="application/json")
        page = browser.post(f"/organizations/{organization}/members/", {})
        assert reply.status_code == codes[0]
        if age:
            assert reply.json()["code"] == "reauthentication_required"
            assert page["Location"].startswith("/accounts/reauthenticate/?next=")
        else:
            assert page.status_code != 302
        assert browser.get(f"/organizations/{organization}/members/").status_code == 200
