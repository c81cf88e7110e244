"""From budget to voucher and back to the pool; every yuan stands in the ledger."""

from datetime import date, timedelta

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from common import clock, tenancy
from common.ids import uuid7
from identity import services as identity
from identity.approvals.contracts import Person
from identity.contracts import CertificateKind, Role, SecondPersonRequired
from ledger import services as ledger
from ledger.contracts import Transfer, TransferRefused
from marketplace import accounts
from marketplace.orders import services as orders
from marketplace.vouchers import selectors, services
from marketplace.vouchers.contracts import (
    AlreadyClawedBack,
    AlreadyDecided,
    ApplicationNotFound,
    ApplicationsClosed,
    ApplicationState,
    CertificateRequired,
    Decision,
    EntityYearCapReached,
    ProgrammeCodeTaken,
    ProgrammeExhausted,
    ProgrammeNotFound,
    ReferenceReused,
    VoucherNotFound,
    VoucherState,
)
from marketplace.vouchers.models import Application, Voucher
from tests.approvals import agreed
from tests.cast import member, officer, organization, somebody
from tests.catalog.supply import listed
from tests.factories.trade import approved, issued
from tests.orders import cast
from tests.orders.cast import NOW, buyer, clear, place, programme, voucher, wish
from tests.vouchers.cast import rules_data, yuan

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def platform(db):
    """Issuers act across the market."""
    tenancy.enter(tenancy.PLATFORM)


def application(of, applicant, amount="100", *, by=None, now=NOW):
    return services.apply(
        programme_id=of.pk,
        applicant_id=applicant.pk,
        amount_minor=yuan(amount),
        purpose="training",
        applied_by_id=by or officer(applicant, Role.BUYER).pk,
        now=now,
    )


def decide(asked, decision=Decision.APPROVE, *, issuer_id=None, by=None, now=NOW):
    issuer = asked.programme_version.programme.issuer
    return services.decide(
        application_id=asked.pk,
        decision=decision,
        issuer_id=issuer_id or issuer.pk,
        decided_by_id=by or officer(issuer, Role.ISSUER).pk,
        note="checked",
        now=now,
    )


def grant(asked, *, now=NOW):
    """Let two people approve an application and one of them issue its voucher."""
    issued(approved(asked, at=now), at=now)
    asked.refresh_from_db()
    return asked


def claw_back(card, issuer):
    return services.claw_back(
        voucher_id=card.pk,
        issuer_id=issuer.pk,
        clawed_back_by_id=officer(issuer, Role.ISSUER).pk,
        reason="misuse",
        now=NOW,
    )


def certified(owner, valid_to=date(2027, 1, 1)):
    identity.issue_sme_certificate(
        organization_id=owner.pk,
        issued_by=organization("Registrar").pk,
        issued_by_person=somebody().pk,
        kind=CertificateKind.SME,
        number=f"SME {owner.pk}",
        valid_from=date(2026, 1, 1),
        valid_to=valid_to,
        figures=identity.CertificateFigures(staff_count=20, revenue_minor=1, assets_minor=1),
    )


def test_an_approved_application_becomes_a_voucher_from_the_pool():
    city = programme(
        "1000",
        funding=[{"source": "province", "share": "0.5"}, {"source": "city", "share": "0.5"}],
        validity_days=90,
    )
    haichao = buyer()

    decided = grant(application(city, haichao, "300"))

    card = Voucher.objects.get(application=decided)
    assert decided.state == ApplicationState.ISSUED
    assert card.number.startswith("V-20261120-")
    assert card.expires_at == NOW + 90 * DAY
    assert card.funding == {"province": yuan("150"), "city": yuan("150")}
    assert cast.left(card) == (yuan("300"), yuan("300"))
    assert cast.pool(city) == yuan("700")


def test_a_rejected_application_issues_nothing():
    city = programme("1000")

    decided = decide(application(city, buyer()), Decision.REJECT)

    assert decided.state == ApplicationState.REJECTED
    assert not Voucher.objects.exists()
    assert cast.pool(city) == yuan("1000")


def test_an_application_is_decided_once():
    asked = application(programme(), buyer())
    grant(asked)

    with pytest.raises(AlreadyDecided):
        decide(asked, Decision.REJECT)
    with pytest.raises(AlreadyDecided):
        issued(asked)


def test_who_applied_does_not_decide():
    city = programme()
    haichao = buyer()
    person = member(haichao, Role.BUYER)
    own = application(city, organization_of(city))

    with pytest.raises(SecondPersonRequired):
        decide(own)
    with pytest.raises(SecondPersonRequired):
        decide(application(city, haichao, by=person.pk), by=person.pk)

    assert not Voucher.objects.exists()


def organization_of(city):
    return city.issuer


def test_the_database_keeps_the_second_pair_of_eyes_too():
    city = programme()
    haichao = buyer()
    person, colleague = member(haichao, Role.BUYER), member(haichao, Role.PROVIDER)
    asked = application(city, haichao, by=person.pk)

    for changes in (
        {"decided_by_organization_id": asked.applicant_id},
        {"decided_by_organization_id": city.issuer_id, "decided_by_id": person.pk},
        {"decided_by_organization_id": city.issuer_id, "decided_by_id": None},
        {"decided_by_organization_id": city.issuer_id, "decided_by_id": colleague.pk},
        {
            "decided_by_organization_id": city.issuer_id,
            "decided_by_id": person.pk,
            "applied_by_id": colleague.pk,
        },
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            Application.objects.filter(pk=asked.pk).update(
                state="APPROVED", decided_at=NOW, **changes
            )


def test_another_issuer_decides_nothing():
    asked = application(programme(), buyer())

    with pytest.raises(ApplicationNotFound):
        decide(asked, issuer_id=organization("Other").pk)


def test_a_pool_never_pays_out_more_than_it_has():
    city = programme("100")
    first, second = (application(city, buyer(), "60") for _n in range(2))
    grant(first)

    with pytest.raises(ProgrammeExhausted):
        grant(second)

    second.refresh_from_db()
    assert second.state == ApplicationState.APPROVED
    assert Voucher.objects.count() == 1
    assert cast.pool(city) == yuan("40")


def test_the_yearly_cap_counts_what_was_issued_and_not_returned():
    city = programme(per_entity_year_cap_minor=yuan("100"), validity_days=10)
    haichao = buyer()
    grant(application(city, haichao, "80"))

    with pytest.raises(EntityYearCapReached):
        application(city, haichao, "21")
    services.expire_vouchers(now=NOW + 10 * DAY)

    assert application(city, haichao, "100", now=NOW + 11 * DAY).amount_minor == yuan("100")


def test_two_applications_cannot_share_what_a_yearly_cap_leaves():
    city = programme(per_entity_year_cap_minor=yuan("100"))
    haichao = buyer()
    first, second = (application(city, haichao, "80") for _n in range(2))
    grant(first)

    with pytest.raises(EntityYearCapReached):
        grant(second)


def test_evidence_is_asked_for_when_applying_and_again_when_issuing():
    city = programme(requires_sme_certificate=True)
    haichao = buyer()

    with pytest.raises(CertificateRequired):
        application(city, haichao)
    certified(haichao, valid_to=date(2026, 12, 1))
    asked = application(city, haichao)
    approved(asked)
    with pytest.raises(CertificateRequired):
        issued(asked, at=NOW + 30 * DAY)

    assert issued(asked).holder == haichao


def test_evidence_is_asked_for_again_when_an_order_clears():
    listing = listed()
    haichao = buyer("100")
    certified(haichao, valid_to=date(2026, 11, 21))
    card = voucher(haichao, "50", programme(requires_sme_certificate=True))

    today = place(haichao, wish(listing))
    clear(listing)
    later = NOW + 2 * DAY
    after = place(haichao, wish(listing, start=later + DAY), at=later)
    clear(listing, at=later)

    assert (cast.seen(today).voucher_minor, cast.seen(after).voucher_minor) == (302, 0)
    assert cast.left(card)[1] == yuan("50") - 302


@pytest.mark.parametrize(
    "rules",
    [
        {"applications_from": "2026-12-01T00:00:00+08:00"},
        {"applications_until": "2026-11-20T16:00:00+08:00"},
        {"mode": "EX_POST"},
    ],
    ids=["not yet", "over", "ex post"],
)
def test_outside_its_window_a_programme_takes_no_applications(rules):
    with pytest.raises(ApplicationsClosed):
        application(programme(**rules), buyer())


def test_new_rules_hold_for_new_vouchers_only():
    city = programme()
    haichao = buyer("100")
    old = voucher(haichao, "50", city)
    version = agreed.rules(
        city, rules_data=rules_data(validity_days=7), source="second notice", now=clock.now()
    )

    between = voucher(haichao, "50", city, issued_at=version.valid_from - DAY)
    new = voucher(haichao, "50", city, issued_at=version.valid_from)

    assert (old.programme_version.version, new.programme_version.version) == (1, 2)
    assert between.programme_version.version == 1
    assert new.expires_at == version.valid_from + 7 * DAY


def test_what_is_left_returns_to_the_pool_when_time_is_over():
    city = programme("1000", validity_days=10)
    listing = listed()
    haichao = buyer("100")
    card = voucher(haichao, "50", city, issued_at=NOW)
    order = place(haichao, wish(listing))
    clear(listing)

    swept = services.expire_vouchers(now=NOW + 10 * DAY)

    card.refresh_from_db()
    assert swept == 1
    assert card.state == VoucherState.EXPIRED
    assert cast.left(card) == (302, 0)  # the order keeps what it holds
    assert cast.pool(city) == yuan("1000") - 302
    with tenancy.acting_as(haichao.pk):
        orders.cancel_order(order_id=order.pk, buyer_id=haichao.pk, now=NOW)
    services.expire_vouchers(now=NOW + 11 * DAY)
    assert cast.left(card) == (0, 0)
    assert cast.pool(city) == yuan("1000")
    assert services.expire_vouchers(now=NOW + 12 * DAY) == 0


def test_a_voucher_is_taken_back_by_its_issuer_alone():
    city = programme("1000")
    card = voucher(buyer(), "50", city)

    with pytest.raises(VoucherNotFound):
        claw_back(card, organization("Other"))
    claw_back(card, city.issuer)
    with pytest.raises(AlreadyClawedBack):
        claw_back(card, city.issuer)

    card.refresh_from_db()
    assert card.state == VoucherState.CLAWED_BACK
    assert cast.left(card) == (0, 0)
    assert cast.pool(city) == yuan("1000")


def test_a_voucher_moves_to_nobody_else():
    city = programme()
    card, other = (voucher(buyer(), "50", city) for _n in range(2))
    mine, theirs = accounts.voucher(card.pk), accounts.voucher(other.pk)
    cash = accounts.buyer_cash(buyer("1").pk)

    for credit, code in ((theirs, "flow_not_allowed"), (cash, "unknown_account")):
        with pytest.raises(TransferRefused) as refused, transaction.atomic():
            ledger.post(
                transfers=[
                    Transfer(
                        id=uuid7(),
                        debit=mine,
                        credit=credit,
                        asset=city.asset,
                        amount=1,
                        reason=accounts.TransferReason.ORDER_VOUCHER,
                    )
                ]
            )
        assert refused.value.code == code

    assert cast.left(card) == cast.left(other) == (yuan("50"), yuan("50"))


def test_a_funding_counts_once_for_each_reference():
    city = programme("100")

    def fund(amount):
        return services.fund_programme(
            programme_id=city.pk,
            amount_minor=yuan(amount),
            reference="2026",
            by=Person(officer(city.issuer, Role.ISSUER).pk, city.issuer_id),
            now=NOW,
        )

    fund("50")
    fund("50")
    with pytest.raises(ReferenceReused):
        fund("51")

    assert cast.pool(city) == yuan("150")


def test_codes_are_used_once_and_programmes_have_one_issuer():
    city = programme(code="CITY")

    with pytest.raises(ProgrammeCodeTaken):
        programme(code="CITY")
    with pytest.raises(ProgrammeNotFound):
        services.fund_programme(
            programme_id=city.pk,
            amount_minor=1,
            reference="x",
            by=Person(officer(city.issuer, Role.ISSUER).pk, organization("Other").pk),
            now=NOW,
        )


ATTACKS = {
    "edit rules": "UPDATE vouchers_programmeversion SET rules = '{}'",
    "delete rules": "DELETE FROM vouchers_programmeversion",
    "edit funding": "UPDATE vouchers_programmefunding SET amount_minor = 1",
    "raise face": "UPDATE vouchers_voucher SET face_minor = face_minor + 1",
    "hand over": "UPDATE vouchers_voucher SET holder_id = gen_random_uuid()",
    "extend": "UPDATE vouchers_voucher SET expires_at = expires_at + interval '1 year'",
    "delete voucher": "DELETE FROM vouchers_voucher",
    "truncate": "TRUNCATE vouchers_voucher CASCADE",
}


@pytest.mark.parametrize("attack", ATTACKS.values(), ids=ATTACKS.keys())
def test_the_database_refuses_to_change_what_was_issued(attack):
    voucher(buyer(), "50", programme())

    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(attack)


def test_a_wallet_shows_what_became_of_each_voucher():
    listing = listed()
    haichao = buyer("100")
    city = programme()
    soon = voucher(haichao, "3", city, issued_at=NOW - 9 * DAY)
    late = voucher(haichao, "50", city)
    place(haichao, wish(listing, cards="2"))
    clear(listing)

    with tenancy.acting_as(haichao.pk):
        wallet = selectors.wallet(holder_id=haichao.pk, at=NOW)

    assert [each.id for each in wallet.vouchers] == [soon.pk, late.pk]
    assert wallet.held_minor == 605
    assert wallet.available_minor == yuan("53") - 605
    assert wallet.vouchers[0].balance.available_minor == 0
    assert wallet.vouchers[0].state == VoucherState.ACTIVE


def test_a_programme_shows_its_budget_to_everyone():
    city = programme("1000")
    voucher(buyer(), "300", city)

    with tenancy.acting_as(buyer().pk):
        (shown,) = selectors.summaries(selectors.programmes(), at=NOW)

    assert (shown.funded_minor, shown.pool_minor, shown.issued_minor) == (
        yuan("1000"),
        yuan("700"),
        yuan("300"),
    )
    assert shown.takes_applications


def test_an_applicant_decides_nothing_in_the_database_either():
    city = programme()
    haichao = organization("Haichao")
    asked = application(city, haichao, "50")
    decided = {
        "state": ApplicationState.APPROVED,
        "decided_by_organization_id": city.issuer_id,
        "decided_at": NOW,
    }

    with tenancy.acting_as(haichao.pk):
        mine = Application.objects.filter(pk=asked.pk)
        assert mine.count() == 1
        assert mine.update(**decided) == 0
        assert mine.update(amount_minor=10**9) == 0

    asked.refresh_from_db()
    assert (asked.state, asked.amount_minor) == (ApplicationState.APPLIED, yuan("50"))
