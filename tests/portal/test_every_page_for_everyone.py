"""
Every page × 2 languages × 2 themes × 2 widths: accessible, quiet, and never wider than the screen.

The default run looks at each page of each role once, in one of the eight looks: they take turns
through the list of pages. `--all` looks at every page in every look.
"""

from collections.abc import Iterator
from datetime import timedelta
from uuid import UUID

import pytest
from playwright.sync_api import expect

from common import clock, tenancy
from common.moments import market_date
from identity.approvals import services as approvals
from identity.approvals.contracts import Person, ProposalState
from identity.approvals.models import Proposal
from identity.contracts import Role
from identity.models import Membership, Organization
from identity.webhooks import services as webhooks
from identity.webhooks.contracts import Wish
from identity.webhooks.models import Attempt
from marketplace import accounts
from marketplace.catalog import selectors as catalog
from marketplace.catalog.models import Listing
from marketplace.orders.models import Order
from marketplace.statements import services as statements
from marketplace.statements.contracts import BillSide
from marketplace.statements.models import Statement
from marketplace.statements.subjects import of_organization
from marketplace.vouchers.models import Application, Programme
from tests.assurance import audits, cases
from tests.portal.dealt_pages import dealt_pages
from tests.portal.kept_pages import kept_pages
from tests.portal.visitor import LOOKS, SHORT, Look, demo, visit

pytestmark = pytest.mark.browser


def pages(role: str) -> Iterator[str]:
    """Return the addresses that a role meets, with real things at them."""
    yield from {
        "nobody": ["/", "/market/", "/market/calculator/", "/prices/", "/prices/?class=HPC",
                   "/prices/reference/", "/prices/reference/?class=inference",
                   "/programmes/rules/", "/rules/of-delivery/", "/access/", "/access/sent/",
                   "/nodes/", "/statistics/",
                   "/status/", "/terms/", "/privacy/", "/accounts/login/",
                   "/accounts/password/reset/"],
        "buyer": ["/home/", "/help/", "/help/place-an-order/", "/profile/", "/accounts/sessions/",
                  "/market/", "/market/?view=table&resource_class=AI&pue=1", "/market/compare/",
                  "/market/calculator/?need=CARD_HOURS&unit_hours=80&hours=10",
                  "/prices/", "/prices/groups/",
                  "/orders/", "/vouchers/", "/wallet/", "/audit/exports/",
                  "/reimbursements/", "/reimbursements/new/",
                  "/projects/", "/budgets/", "/approvals/",
                  "/bills/", "/fapiao/", "/ledger/monitors/",
                  "/developers/", "/developers/tokens/",
                  "/demands/", "/demands/new/", "/demands/searches/", "/rounds/",
                  "/developers/webhooks/", "/developers/following/",
                  "/accounts/2fa/", "/accounts/password/change/", "/notices/",
                  "/notices/letters/"],
        "provider": ["/home/", "/help/send-readings/", "/supply/listings/", "/supply/listings/new/",
                     "/supply/maintenance/", "/supply/maintenance/new/",
                     "/developers/signing-keys/", "/supply/moves/",
                     "/register/pool-requests/", "/register/pool-requests/new/",
                     "/supply/metering/?days=14", "/energy/", "/energy/green/",
                     "/energy/centres/new/", "/energy/green/new/",
                     "/supply/senders/", "/supply/senders/series/",
                     "/supply/senders/mappings/new/",
                     "/supply/settlement/", "/supply/income/", "/supply/income/account/",
                     "/supply/income/gateway/",
                     "/claims/", "/claims/new/", "/bills/",
                     "/verification/", "/verification/assessments/", "/verification/challenges/",
                     "/help/prove-a-resource/",
                     "/orders/?state=SETTLED"],
        "auditor": ["/home/", "/audit/exports/", "/ledger/", "/ledger/accounts/",
                    "/ledger/gateway/totals/",
                    "/ledger/accounts/platform_fee:CNY/", "/ledger/journal/", "/programmes/",
                    "/ledger/witnesses/",
                    "/ledger/gateway/", "/register/grants/", "/register/profiles/",
                    "/register/profiles/2/",
                    "/certificates/verified/", "/oversight/power/",
                    "/activity/", "/orders/"],
        "issuer": ["/home/", "/programmes/", "/approvals/", "/approvals/?show=decided",
                   "/claims/", "/claims/batches/", "/claims/batches/new/",
                   "/claims/wanted-back/", "/claims/payments/", "/reimbursements/",
                   "/programmes/control/",
                   "/programmes/control/rules/", "/programmes/control/samples/"],
        "finance": ["/home/", "/finance/deposits/", "/finance/payments/",
                    "/finance/payments/movements/", "/finance/payments/differences/", "/ledger/",
                    "/approvals/limits/", "/oversight/fees/", "/adjustments/", "/adjustments/new/",
                    "/finance/payouts/", "/finance/payouts/new/", "/finance/taxes/",
                    "/finance/books/", "/finance/books/trial-balance/", "/fapiao/", "/bills/"],
        "operator": ["/home/", "/market/", "/orders/?state=REJECTED", "/oversight/books/",
                     "/organizations/appeals/",
                     "/register/grants/", "/register/grants/new/", "/register/profiles/new/",
                     "/register/pool-requests/",
                     "/oversight/access/", "/oversight/wall-links/", "/wall/", "/oversight/system/",
                     "/oversight/related-parties/", "/oversight/related-parties/new/",
                     "/approvals/", "/approvals/?show=waiting", "/approvals/?show=mine",
                     "/approvals/limits/", "/oversight/fees/", "/oversight/roles/", "/rounds/",
                     "/verification/assessors/", "/rounds/new/",
                     "/energy/factors/", "/energy/factors/new/", "/oversight/reference-prices/",
                     "/oversight/reference-orders/", "/oversight/cost-inputs/"],
    }[role]  # fmt: skip
    yield from kept_pages(role)
    yield from dealt_pages(role)
    if role in ("buyer", "provider", "issuer", "operator"):
        yield from _with_ids(role)


def _with_ids(role: str) -> Iterator[str]:
    with tenancy.acting_as_platform():
        listing = Listing.objects.order_by("seq").first()
        orders = Order.objects.filter(buyer__memberships__user__email=demo("buyer"))
        if role == "buyer":
            yield f"/market/{listing.pk}/"
            yield f"/market/{listing.pk}/order/"
            yield f"/market/{listing.pk}/job/"
            yield f"/vouchers/apply/{Programme.objects.order_by('code')[0].code}/"
            owner = Membership.objects.get(user__email=demo("buyer")).organization_id
            yield "/programmes/publicity/"
            for application in Application.objects.filter(applicant=owner)[:1]:
                yield f"/vouchers/applications/{application.pk}/"
            bill = issued_bill(owner)
            yield from (
                f"/bills/{bill.pk}/",
                f"/bills/{bill.pk}/fapiao/",
                f"/proof/statements/{bill.number}/?hash={bill.content_hash}",
            )
            yield "/ledger/accounts/"
            yield f"/ledger/accounts/{accounts.buyer_cash(owner)}/"
            for part in ("charges", "ledger", "evidence", "events"):
                yield f"/orders/{orders.order_by('-id')[0].pk}/?part={part}"
            yield from (f"/orders/{order.pk}/" for order in orders.order_by("state", "id")[:2])
            yield from webhook_pages(demo("buyer"))
        if role == "provider":
            owner = Membership.objects.get(user__email=demo("provider")).organization_id
            own = Listing.objects.filter(provider=owner).order_by("seq")[0]
            yield f"/supply/listings/{own.pk}/least/"
            yield f"/supply/listings/{own.pk}/close/"
            yield f"/verification/resources/{own.resource_id}/"
            yield f"/capacity-audits/{audits.an_audit(own.provider, at=clock.now()).pk}/"
        if role == "operator":
            yield f"/oversight/books/{listing.resource_class}/{listing.hub}/"
            yield f"/oversight/books/{listing.resource_class}/{listing.hub}/trade/"
            yield f"/oversight/books/{listing.resource_class}/{listing.hub}/collar/"
            yield f"/oversight/cases/{cases.opened(listing.provider, at=clock.now()).pk}/"
            yield "/oversight/surveillance/"
            yield from audit_pages(listing.provider)
            yield from proposal_pages()
        if role == "issuer":
            mine = Programme.objects.filter(issuer__memberships__user__email=demo("issuer")).first()
            yield f"/programmes/{mine.pk}/fund/"
            yield f"/programmes/{mine.pk}/"
            yield f"/programmes/{mine.pk}/performance/"
            yield f"/programmes/{mine.pk}/performance/lines/?figure=ISSUED"
            yield f"/programmes/rules/{mine.code}/"
            yield from ("/programmes/workbench/", "/programmes/workbench/new/")
            for application in Application.objects.filter(programme_version__programme=mine)[:1]:
                yield f"/programmes/applications/{application.pk}/"
        assert catalog.listing(listing.pk)


def issued_bill(owner: UUID) -> Statement:
    """Return the buyer's statement of this month, as it will be issued when the month is over."""
    now, subject = clock.now(), of_organization(BillSide.BUYER, owner)
    found = Statement.objects.filter(organization_id=owner, is_live=True).first()
    return found or statements.issue_statement(
        subject=subject, month=market_date(now), now=now + timedelta(days=40)
    )


def audit_pages(supplier: Organization) -> list[str]:
    """Return the pages of audits of capacity: one, its draws, what suppliers qualify with."""
    audit, draw = audits.an_audit(supplier, at=clock.now()), audits.a_draw(at=clock.now())
    more = (f"{audit.pk}/", "draws/", f"draws/{draw.pk}/", "suppliers/")
    return ["/capacity-audits/", *(f"/capacity-audits/{each}" for each in more)]


def proposal_pages() -> list[str]:
    """Return the pages of a proposal to decide, one's own, and one that was decided."""
    now, reason = clock.now(), "Fewer clerks are at the desk in the holidays"
    first, second = Membership.objects.filter(role=Role.OPERATOR).order_by("id")[:2]
    made = [
        approvals.propose_limit(
            kind=kind, from_minor=500_000_00, by=Person(by.user_id, by.organization_id),
            reason=reason, now=now,
        )
        for kind, by in (("orders.deposit", first), ("vouchers.funding", second))
    ]  # fmt: skip
    decided = Proposal.objects.exclude(state=ProposalState.PROPOSED).order_by("-id").first()
    return [f"/approvals/{pk}/" for pk in (*(each.id for each in made), decided.pk)]


def webhook_pages(email: str) -> list[str]:
    """Return the pages of an endpoint that was told something, and of that."""
    owner = Membership.objects.filter(user__email=email).values("organization_id", "user_id")[0]
    organization_id, now = owner["organization_id"], clock.now()
    endpoint = webhooks.create_endpoint(
        organization_id=organization_id,
        person_id=owner["user_id"],
        wish=Wish("https://receiver.invalid/hook", "warehouse", ("orders",)),
        now=now,
    ).endpoint
    delivery = webhooks.send_test(organization_id=organization_id, endpoint_id=endpoint.pk, now=now)
    Attempt.objects.create(
        delivery=delivery,
        organization_id=organization_id,
        started_at=now,
        duration_ms=120,
        status=503,
        error="status_503",
        reply="upstream is away",
    )
    page = f"/developers/webhooks/{endpoint.pk}/"
    return [page, f"{page}change/", f"/developers/webhooks/deliveries/{delivery.pk}/"]


def look_at(chromium, site: str, role: str, look: Look, paths: list[str]) -> list[str]:
    email = "" if role == "nobody" else demo(role)
    found: list[str] = []
    with visit(chromium, site, email=email, look=look) as visitor:
        for path in paths:
            visitor.open(path)
            found += [f"{path}: {problem}" for problem in visitor.accessibility()]
            if visitor.overflow() > 0:
                found.append(f"{path}: {visitor.overflow()} px wider than the screen")
            language = visitor.page.get_attribute("html", "lang")
            if language != {"zh-hans": "zh-Hans", "en": "en"}[look.language]:
                found.append(f"{path}: lang is {language}")
        found += visitor.complaints
    return [f"{look}: {problem}" for problem in found]


ROLES = ["nobody", "buyer", "provider", "auditor", "issuer", "finance", "operator"]


@pytest.mark.parametrize("role", ROLES)
def test_pages_are_accessible_and_quiet(chromium, site, role):
    paths = list(pages(role))  # What they show is committed before it is opened.
    # Each role begins its turns elsewhere, so that what several open is seen in several looks.
    turns = LOOKS[ROLES.index(role) :] + LOOKS[: ROLES.index(role)]

    found = [
        problem
        for number, look in enumerate(turns)
        for problem in look_at(chromium, site, role, look, paths[number :: len(turns)])
    ]

    assert found == []


@pytest.mark.slow
@pytest.mark.parametrize("look", LOOKS, ids=str)
@pytest.mark.parametrize("role", ROLES)
def test_pages_are_accessible_and_quiet_in_every_look(chromium, site, role, look):
    assert look_at(chromium, site, role, look, list(pages(role))) == []


def test_the_api_documentation_is_drawn_under_the_same_policy(chromium, site):
    with visit(chromium, site, look=SHORT[0]) as visitor:
        visitor.open("/api/docs/")
        for path in ("/api/v1/api-keys", "/api/v1/orders"):
            visitor.page.wait_for_function(  # Long descriptions are drawn as far as one scrolls.
                "path => { scrollBy(0, 900);"
                ' return document.querySelector(`[data-path="${path}"]`) }',
                arg=path,
                polling=100,
            )

        assert visitor.complaints == []
        theirs = ("nested-interactive", "heading-order")  # Swagger UI's own, inside of its drawing
        assert [it for it in visitor.accessibility() if not it.startswith(theirs)] == []


def test_the_menu_of_a_phone_opens_and_closes_by_keyboard(chromium, site):
    with visit(chromium, site, email=demo("buyer"), look=SHORT[1]) as visitor:
        visitor.open("/market/")
        menu = visitor.page.locator("#cm-side")
        expect(menu).to_be_hidden()

        visitor.page.get_by_role("button", name="Menu").press("Enter")
        expect(menu).to_be_visible()

        visitor.page.keyboard.press("Escape")
        expect(menu).to_be_hidden()


def test_the_theme_is_kept(chromium, site):
    with visit(chromium, site, email=demo("buyer"), look=SHORT[0]) as visitor:
        visitor.open("/market/")
        visitor.page.locator("[data-theme-switch] button").click()
        expect(visitor.page.locator("html")).to_have_attribute("data-theme", "dark")

        visitor.open("/orders/")

        expect(visitor.page.locator("html")).to_have_attribute("data-theme", "dark")
        assert visitor.complaints == []


def test_the_policy_allows_nothing_inline(chromium, site):
    with visit(chromium, site, email=demo("buyer")) as visitor:
        visitor.open("/market/")
        policy = visitor.page.evaluate(
            "fetch(location.href).then(reply => reply.headers.get('content-security-policy'))"
        )

        assert "unsafe" not in policy
        assert "script-src 'self'" in policy
        assert visitor.page.locator("script:not([src])").count() == 0
        assert visitor.page.locator("body [style]").count() == 0
