"""A settled contract of ¥72.00 that its buyer disputes, and the people of all sides."""

from datetime import timedelta

from common import clock, tenancy
from identity.approvals import selectors as approvals
from identity.approvals.contracts import Person
from identity.contracts import Role
from marketplace.assurance import services
from marketplace.assurance.dispute_contracts import DISPUTE_KIND, DisputeSubject
from tests import cast
from tests.settlement.cast import NOON, Market

LATER = NOON + timedelta(hours=8)


class Disputing:
    """A buyer and a provider of a settled contract, and two operators."""

    def __init__(self, *, share="", vouchers=("1000.00",), is_settled=True, **facts):
        self.market = Market(**facts)
        self.code = self.market.voucher(vouchers[0], share=share, pool="5000.00") if share else ""
        for amount in vouchers[1:]:
            self.market.another_voucher(self.code, amount)
        self.order = self.market.order(cards=8, hours=2)
        self.market.use(self.order, "6", hour=0)
        if is_settled:
            self.market.settle()
        else:
            self.market.charge(at=NOON + timedelta(hours=1, minutes=30))
        self._gather()

    @classmethod
    def about(cls, market, order):
        """Return the people of an order of another market, which is settled."""
        case = cls.__new__(cls)
        case.market, case.order, case.code = market, order, ""
        case._gather()
        return case

    def _gather(self):
        self.contract = self.market.contract(self.order)
        self.buyer = self.person(self.market.buyer, Role.BUYER)
        self.clerk = self.person(self.market.provider, Role.PROVIDER)
        office = cast.organization("Desk")
        self.operator, self.second = (self.person(office, Role.OPERATOR) for _n in range(2))

    @staticmethod
    def person(organization, role):
        return Person(cast.member(organization, role).pk, organization.pk)

    def open(self, claimed=30_00, at=LATER, **facts):
        given = {
            "contract_id": self.contract.pk,
            "subject": DisputeSubject.CHARGE,
            "subject_reference": "first hour",
            "claim": "the cards stood still",
            "claimed_minor": claimed,
            "by": self.buyer,
            "now": at,
        }
        return services.open_dispute(**given | facts)

    def answer(self, dispute, at=LATER, by=None):
        return services.answer_dispute(
            dispute_id=dispute.pk, text="they ran", by=by or self.clerk, now=at
        )

    def propose(self, dispute, awarded, at=LATER, why="the meter shows half"):
        return services.propose_decision(
            dispute_id=dispute.pk, awarded_minor=awarded, decision=why, by=self.operator, now=at
        )

    def agree(self, proposed, at=LATER):
        return services.decide_dispute(
            proposal_id=proposed.id,
            person_id=self.second.id,
            organization_id=self.second.organization_id,
            now=at,
        )

    def decide(self, dispute, awarded, at=LATER, why="the meter shows half"):
        return self.agree(self.propose(dispute, awarded, at, why), at)

    def decide_waiting(self, dispute, at=None):
        """Approve the decision that waits."""
        with tenancy.acting_as_platform():
            (waiting,) = approvals.waiting(kind=DISPUTE_KIND).filter(reference=dispute.number)
        return services.decide_dispute(
            proposal_id=waiting.pk,
            person_id=self.second.id,
            organization_id=self.second.organization_id,
            now=at or clock.now(),
        )


def a_dispute(provider):
    """Return a dispute with a provider."""
    return Disputing(provider=provider).open()
