"""A real browser makes a passkey with a virtual device, and signs in with it alone."""

import pytest

from common import seals, tenancy
from identity.models import User
from tests.portal.visitor import demo, visit

pytestmark = pytest.mark.slow
PASSWORD = "correct horse battery staple"
DEVICE = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


@pytest.fixture
def buyer(sample_market) -> str:
    email = demo("buyer")
    with tenancy.acting_as_platform(), seals.signing_in():
        user = User.objects.get(email=email)
        user.set_password(PASSWORD)
        user.save()
    return email


def test_a_passkey_is_made_and_opens_the_account(chromium, site, buyer, settings):
    settings.PUBLIC_URL = "http://localhost"
    site = site.replace("127.0.0.1", "localhost")
    with visit(chromium, site) as visitor:
        page = visitor.page
        device = page.context.new_cdp_session(page)
        device.send("WebAuthn.enable")
        device.send("WebAuthn.addVirtualAuthenticator", {"options": DEVICE})
        visitor.open("/accounts/login/")
        page.fill("input[name=login]", buyer)
        page.fill("input[name=password]", PASSWORD)
        page.click("form button.cm-btn--primary")
        page.wait_for_url("**/home/")

        visitor.open("/accounts/2fa/webauthn/add/")
        if "/reauthenticate/" in page.url:
            page.fill("input[name=password]", PASSWORD)
            page.click("form button.cm-btn--primary")
        page.fill("input[name=name]", "Virtual device")
        page.click("#passkey_add")
        page.wait_for_url("**/recovery-codes/**")
        visitor.open("/accounts/2fa/webauthn/")
        page.get_by_text("Virtual device").first.wait_for()
        assert visitor.overflow() == 0

        page.context.clear_cookies()
        visitor.open("/accounts/login/")
        page.click("#passkey_login")
        page.wait_for_url("**/home/")
        assert visitor.complaints == []
