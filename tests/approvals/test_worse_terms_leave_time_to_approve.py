"""Worse terms have a notice of a week: they are approved before it begins, or not at all."""

from datetime import timedelta
from decimal import Decimal

import pytest

from common import clock, notice, tenancy
from identity.approvals.contracts import ProposalExpired, ProposalTooLate
from identity.contracts import Role
from marketplace.settlement import services as settlement
from marketplace.vouchers import services as vouchers
from tests.approvals import agreed
from tests.cast import organization
from tests.orders.cast import programme
from tests.vouchers.cast import rules_data

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)
DEARER, CHEAPER = Decimal("0.05"), Decimal("0.02")


@pytest.fixture
def office():
    return agreed.two(organization("Office"), Role.OPERATOR)


def propose(rate, office, *, starts_at, now):
    return settlement.propose_fee_rule(
        rate=rate, starts_at=starts_at, source="test", by=office[0], now=now
    )


def test_a_fee_that_rises_waits_until_its_notice_would_begin(office):
    now = clock.now()
    starts_at = now + notice.NOTICE + 2 * MINUTE

    proposed = propose(DEARER, office, starts_at=starts_at, now=now)
    with pytest.raises(ProposalExpired):
        settlement.publish_fee_rule(proposal_id=proposed.id, now=now + 2 * MINUTE, **office[1])
    made = settlement.publish_fee_rule(proposal_id=proposed.id, now=now + MINUTE, **office[1])

    assert proposed.expires_at == now + 2 * MINUTE
    assert made.starts_at == starts_at


def test_one_that_falls_waits_until_it_would_begin(office):
    now = clock.now()

    proposed = propose(CHEAPER, office, starts_at=now + MINUTE, now=now)

    assert proposed.expires_at == now + MINUTE


def test_terms_that_begin_exactly_after_their_notice_are_refused_at_once(office):
    """They would lapse while they wait."""
    now = clock.now()

    with pytest.raises(ProposalTooLate) as refused:
        propose(DEARER, office, starts_at=now + notice.NOTICE, now=now)
    with pytest.raises(ProposalTooLate):
        propose(CHEAPER, office, starts_at=now, now=now)

    assert refused.value.field == "starts_at"


def test_rules_that_give_less_wait_until_their_notice_would_begin():
    now, city = clock.now(), programme("1000")
    by, _approving = agreed.two(city.issuer, Role.ISSUER)

    def rules(valid_from, **changes):
        with tenancy.acting_as_platform():
            return vouchers.propose_version(
                programme_id=city.pk,
                rules_data=rules_data(**changes),
                source="test",
                by=by,
                now=now,
                valid_from=valid_from,
            )

    with pytest.raises(ProposalTooLate) as refused:
        rules(now + notice.NOTICE, validity_days=100)
    less = rules(now + notice.NOTICE + MINUTE, validity_days=100)

    assert refused.value.field == "valid_from"
    assert less.expires_at == now + MINUTE


def test_rules_that_give_more_wait_until_they_would_begin():
    now, city = clock.now(), programme("1000")
    by, _approving = agreed.two(city.issuer, Role.ISSUER)

    with tenancy.acting_as_platform():
        more = vouchers.propose_version(
            programme_id=city.pk,
            rules_data=rules_data(validity_days=500),
            source="test",
            by=by,
            now=now,
            valid_from=now + MINUTE,
        )

    assert more.expires_at == now + MINUTE
