"""A provider that was paid by vouchers, and the people of their programme."""

from common import tenancy
from identity.approvals.contracts import Person
from identity.contracts import Role
from identity.models import Organization
from marketplace.claims import services
from marketplace.claims.models import ClawBack, VoucherClaim
from marketplace.vouchers.models import Programme, Voucher
from marketplace.vouchers.terms import ClawBackGround
from tests import cast
from tests.settlement.cast import NOON, Market


class Claimed:
    """A trade of ¥60.00 of which vouchers paid ¥18.00, and who claims and decides."""

    def __init__(self, provider: Organization | None = None) -> None:
        self.market = Market(provider=provider)
        self.code = self.market.voucher("5000.00", share="0.30")
        self.order = self.market.order(cards=8, hours=2)
        self.market.use(self.order, "5", hour=1)
        self.market.settle()
        with tenancy.acting_as_platform():
            self.programme = Programme.objects.get(code=self.code)
        self.provider = self.market.provider
        self.clerk = cast.member(self.provider, Role.PROVIDER)
        self.officers = [
            Person(cast.member(self.programme.issuer, Role.ISSUER).pk, self.programme.issuer_id)
            for _n in range(2)
        ]

    def submit(self) -> VoucherClaim:
        return services.submit_claim(
            programme_id=self.programme.pk,
            provider_id=self.provider.pk,
            person_id=self.clerk.pk,
            now=NOON,
        )

    def check(self, claim: VoucherClaim, **facts) -> VoucherClaim:
        wanted = {"struck": (), "reason": "", "by": self.officers[0], "now": NOON}
        return services.check_claim(claim_id=claim.pk, **wanted | facts)

    def instruct(self) -> list[VoucherClaim]:
        return services.instruct_claims(issuer_id=self.programme.issuer_id, batch="B-1", now=NOON)

    def take_back(self) -> ClawBack:
        """Take the voucher back by two people: what it paid is wanted back."""
        first, second = self.officers
        with tenancy.acting_as_platform():
            proposed = services.propose_claw_back(
                voucher_id=Voucher.objects.get(programme_version__programme=self.programme).pk,
                ground=ClawBackGround.FALSE_EVIDENCE,
                reason="false",
                evidence="letter 7",
                by=first,
                now=NOON,
            )
            return services.confirm_claw_back(
                proposal_id=proposed.id,
                person_id=second.id,
                organization_id=second.organization_id,
                now=NOON,
            )

    def confirm(self, claim: VoucherClaim, **facts) -> VoucherClaim:
        wanted = {"payment_reference": "PAY-1", "by": self.officers[1], "now": NOON}
        return services.confirm_claim(claim_id=claim.pk, **wanted | facts)
