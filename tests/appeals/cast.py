"""A suspended organisation, its people, and two operators who answer."""

from common import tenancy
from identity.appeals import services
from identity.appeals.contracts import AppealOutcome
from identity.appeals.models import Appeal
from identity.approvals.contracts import Person
from identity.contracts import Role
from identity.models import Organization
from marketplace.orders import services as orders
from tests import cast
from tests.cast import NOW
from tests.identity import standing

WHY = "The bills were paid on Monday; the receipt is attached."


class Case:
    """A suspended organisation, one of its people, and two operators."""

    def __init__(self) -> None:
        self.owner = cast.organization("Late")
        self.person = cast.member(self.owner, Role.BUYER)
        self.by = Person(self.person.pk, self.owner.pk)
        self.first, self.second = standing.operators()
        standing.suspend(self.owner, by=self.first, second=self.second)

    def appeal(self, text: str = WHY) -> Appeal:
        with tenancy.acting_as(self.owner.pk):
            return services.appeal_suspension(by=self.by, text=text, now=NOW)

    def answer(self, made: Appeal, outcome: AppealOutcome, answer: str = "As we found.") -> object:
        proposed = services.propose_answer(
            appeal_id=made.pk, outcome=outcome, answer=answer, by=self.first, now=NOW
        )
        act = {
            AppealOutcome.LIFT: orders.confirm_reinstatement,
            AppealOutcome.KEEP: services.answer_appeal,
        }[outcome]
        return standing.agree(proposed, self.first, self.second, at=NOW, act=act)

    def now(self) -> Appeal:
        with tenancy.acting_as_platform():
            return Appeal.objects.get(organization=self.owner)

    def is_suspended(self) -> bool:
        return Organization.objects.get(pk=self.owner.pk).suspended_at is not None
