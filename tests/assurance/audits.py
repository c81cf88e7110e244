"""An audit of what a supplier qualifies with, and the people of both sides."""

from datetime import datetime, timedelta

from common import tenancy
from common.moments import market_date
from identity.approvals.contracts import Person
from identity.contracts import Role
from identity.models import Organization
from marketplace.assurance import audit_selectors, services
from marketplace.assurance.audit_contracts import AuditConclusion
from marketplace.assurance.models import AuditDraw, CapacityAudit
from marketplace.vouchers import services as vouchers
from marketplace.vouchers.models import SupplierSize
from tests import cast


class Auditing:
    """A supplier of 100 PFLOPS, two operators and an auditor who do not belong to it."""

    def __init__(
        self,
        *,
        at: datetime,
        supplier: Organization | None = None,
        market: Organization | None = None,
        pflops: int | None = 100,
        racks: int | None = None,
    ) -> None:
        self.at = at
        self.supplier = supplier or cast.organization("Supplier")
        market = market or cast.organization("Market")
        self.operator, self.second = (
            Person(cast.member(market, Role.OPERATOR).pk, market.pk) for _n in range(2)
        )
        self.auditor = Person(cast.member(market, Role.AUDITOR).pk, market.pk)
        self.clerk = Person(cast.member(self.supplier, Role.PROVIDER).pk, self.supplier.pk)
        self.qualify(pflops=pflops, racks=racks)

    def qualify(self, *, pflops: int | None = 100, racks: int | None = None) -> SupplierSize:
        proposed = vouchers.propose_supplier_size(
            supplier_id=self.supplier.pk,
            pflops=pflops,
            racks=racks,
            reference="letter 12",
            by=self.operator,
            now=self.at,
        )
        return vouchers.confirm_supplier_size(
            proposal_id=proposed.id,
            person_id=self.second.id,
            organization_id=self.second.organization_id,
            now=self.at,
        )

    def open(self) -> CapacityAudit:
        return services.open_audit(
            supplier_id=self.supplier.pk,
            reason="a programme relies on it",
            due_on=market_date(self.at) + timedelta(days=30),
            by=self.operator,
            now=self.at,
        )

    def examined(self, *, verdict: str = "AGREES") -> CapacityAudit:
        """Return an audit in the auditor's hands, with every line looked at."""
        audit = self.open()
        services.take_audit(audit_id=audit.pk, by=self.auditor)
        with tenancy.acting_as_platform():
            sources = list(audit_selectors.audit_lines(audit.pk).values_list("source", flat=True))
        for source in sources:
            services.judge_line(
                audit_id=audit.pk,
                source=source,
                verdict=verdict,
                note="as seen on the floor",
                by=self.auditor,
                now=self.at,
            )
        return audit

    def asked(self) -> CapacityAudit:
        """Return an audit that found something, of which the supplier was told."""
        audit = self.examined(verdict="DIFFERS")
        services.write_finding(
            audit_id=audit.pk,
            source="HARDWARE",
            gravity="MAJOR",
            text="40 of 100 racks are empty",
            by=self.auditor,
            now=self.at,
        )
        return services.ask_supplier(audit_id=audit.pk, by=self.auditor, now=self.at)

    def answer(self, audit: CapacityAudit) -> CapacityAudit:
        return services.answer_audit(
            audit_id=audit.pk, text="They come in January.", by=self.clerk, now=self.at
        )

    def propose(self, audit: CapacityAudit, **facts):
        asked = {
            "conclusion": AuditConclusion.LOWER,
            "pflops": 60,
            "racks": None,
            "explanation": "60 PFLOPS were shown",
            "by": self.auditor,
            "now": self.at,
        }
        return services.propose_conclusion(audit_id=audit.pk, **asked | facts)

    def conclude(self, audit: CapacityAudit, **facts) -> CapacityAudit:
        proposed = self.propose(audit, **facts)
        return services.conclude_audit(
            proposal_id=proposed.id,
            person_id=self.second.id,
            organization_id=self.second.organization_id,
            now=self.at,
        )


def an_audit(supplier: Organization, *, at: datetime) -> CapacityAudit:
    """Return an audit that a supplier was told of, and may answer."""
    with tenancy.acting_as_platform():
        standing = CapacityAudit.objects.filter(supplier=supplier, closed_at=None).first()
    return standing or Auditing(at=at, supplier=supplier).asked()


def a_draw(*, at: datetime) -> AuditDraw:
    """Return a draw that was committed to."""
    market = cast.organization("Market")
    by = Person(cast.member(market, Role.OPERATOR).pk, market.pk)
    return services.commit_audits(count=1, due_days=30, by=by, now=at)[0]
