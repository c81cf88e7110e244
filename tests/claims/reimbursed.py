"""A buyer that paid trades itself, and the people of a programme that reimburses."""

from datetime import timedelta
from typing import Any

from common import tenancy
from common.moments import market_date
from identity.approvals.contracts import Person
from identity.contracts import Role
from identity.models import Organization
from marketplace.claims import services
from marketplace.claims.models import Reimbursement, VoucherClaim
from marketplace.claims.reimbursement_contracts import ReimbursementWish
from marketplace.payments import services as payments
from tests import cast, factories
from tests.settlement.cast import NOON, OPENED, Market
from tests.vouchers.published import rules_2

LATER = NOON + timedelta(days=3)


class Reimbursing:
    """A trade of ¥60.00 that the buyer paid itself, and a programme that gives 60 % afterwards."""

    def __init__(
        self,
        *,
        market: Market | None = None,
        pool: str = "1000",
        buyer: Organization | None = None,
        **rules: Any,
    ) -> None:
        self.market = market or Market()
        if buyer is not None:
            self._let_buy(buyer)
        if market is None:
            self.order = self.trade()
        of = {"mode": "EX_POST", "payee": "BUYER", "publicity_days": 0, "evidence": ["CONTRACT"]}
        self.programme = factories.ProgrammeFactory(
            rules=rules_2(**of | rules), pool=pool, at=OPENED
        )
        self.buyer = self.market.buyer
        self.clerk = cast.member(self.buyer, Role.BUYER)
        self.officers = [officer(self.programme.issuer) for _n in range(3)]

    def _let_buy(self, buyer: Organization) -> None:
        """Let an organisation that there is buy with money of its own."""
        factories.DepositFactory(organization=buyer, amount="100000", at=OPENED)
        self.market.buyer = buyer

    def trade(self, hours: str = "5", *, later: int = 0):
        """Return an order that was used, charged and settled."""
        starts_at = NOON + timedelta(hours=2 * later)
        order = self.market.order(cards=8, hours=2, starts_at=starts_at)
        self.market.use(order, hours, hour=2 * later + 1)
        self.market.settle()
        return order

    def wish(self, **facts: Any) -> ReimbursementWish:
        day = market_date(NOON)
        wanted = {"since": day, "until": day + timedelta(days=1), "programme_id": self.programme.pk}
        return ReimbursementWish(**wanted | facts)

    def ask(self, *, now=LATER, **facts: Any) -> Reimbursement:
        return services.submit_reimbursement(
            applicant_id=self.buyer.pk,
            person_id=self.clerk.pk,
            wish=self.wish(**facts),
            now=now,
        )

    def review(self, row: Reimbursement, **facts: Any) -> Reimbursement:
        given = {"reimbursement_id": row.pk, "by": self.officers[0], "now": LATER}
        return services.review_reimbursement(**given | facts)

    def check(self, row: Reimbursement, **facts: Any) -> Reimbursement:
        given = {"reimbursement_id": row.pk, "by": self.officers[1], "now": LATER}
        return services.check_reimbursement(**given | facts)

    def granted(self, **facts: Any) -> Reimbursement:
        """Return a request that two persons granted."""
        return self.check(self.review(self.ask(**facts)))

    def hand_over(self, batch: str = "B-1") -> list[VoucherClaim]:
        return services.instruct_claims(issuer_id=self.programme.issuer_id, batch=batch, now=LATER)

    def arrive(self, amount_minor: int, reference: str) -> None:
        """Let finance book what a payer sent to the buyer's account."""
        office = cast.organization("Office")
        clerk = cast.member(office, Role.FINANCE)
        payments.record_deposit(
            organization_id=self.buyer.pk,
            amount_minor=amount_minor,
            reference=reference,
            by=Person(clerk.pk, office.pk),
            now=LATER,
        )

    def pay(self, row: Reimbursement, reference: str = "PAY-1", by: Person | None = None):
        return services.confirm_claim(
            claim_id=stands(row).claim_id,
            payment_reference=reference,
            by=by or self.officers[2],
            now=LATER,
        )


def officer(of: Organization) -> Person:
    return Person(cast.member(of, Role.ISSUER).pk, of.pk)


def stands(row: Reimbursement) -> Reimbursement:
    with tenancy.acting_as_platform():
        return Reimbursement.objects.select_related("claim").get(pk=row.pk)
