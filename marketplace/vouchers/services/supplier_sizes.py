"""How large suppliers are: two operators agree on documents, or an audit finds it."""

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from common import tenancy
from common.ids import uuid7
from identity import selectors as identity_selectors
from identity.approvals import services as approvals
from identity.approvals.contracts import Draft, Person, Proposed, Settled
from identity.contracts import Role
from marketplace.vouchers import telling
from marketplace.vouchers.models import SupplierSize
from marketplace.vouchers.supplier_contracts import (
    REFERENCE_MAX,
    SIZE_KIND,
    SIZE_MAX,
    InvalidSupplierSize,
    SizeOrigin,
)


def propose_supplier_size(
    *,
    supplier_id: UUID,
    pflops: int | None,
    racks: int | None,
    reference: str,
    by: Person,
    now: datetime,
) -> Proposed:
    """
    Propose what a supplier qualifies with, in PFLOPS and racks; another operator decides.

    :raises NotFound: if there is no such organisation
    :raises InvalidSupplierSize: if it says nothing, is out of its limits, or names no document
    :raises ProposalWaits: if another size of the supplier waits
    """
    supplier = identity_selectors.organization(supplier_id)
    document = require_size(pflops, racks, reference)
    content = {
        "organization_id": str(supplier.pk),
        "supplier_id": str(supplier.pk),
        "pflops": pflops,
        "racks": racks,
        "reference": document,
    }
    draft = Draft(
        kind=SIZE_KIND,
        reference=str(supplier.pk),
        label=supplier.name,
        content=content,
        role=Role.OPERATOR,
        by=by,
        barred_organization_id=supplier.pk,
    )
    return approvals.propose(draft, now=now)


@transaction.atomic
def confirm_supplier_size(
    *, proposal_id: UUID, person_id: int, organization_id: UUID, now: datetime, note: str = ""
) -> SupplierSize:
    """
    Let a supplier qualify with what another operator proposed, from now on.

    :raises ProposalNotFound, ProposalDecided, SecondPersonRequired, Forbidden: as `settle`
    """
    made = uuid7()
    agreed = approvals.settle(
        proposal_id=proposal_id,
        kind=SIZE_KIND,
        by=Person(person_id, organization_id),
        result_id=made,
        now=now,
        note=note,
    )
    return record_supplier_size(agreed, made=made, origin=SizeOrigin.QUALIFIED, now=now)


def record_supplier_size(
    agreed: Settled, *, made: UUID, origin: SizeOrigin, now: datetime
) -> SupplierSize:
    """
    Write down the size that two people agreed on; the caller's transaction settled their proposal.

    Its content names `supplier_id`, `pflops`, `racks` and `reference`.
    """
    content = agreed.content
    with tenancy.acting_as_platform():
        size = SupplierSize.objects.create(
            id=made,
            supplier_id=UUID(content["supplier_id"]),
            pflops=content["pflops"],
            racks=content["racks"],
            origin=origin,
            reference=content["reference"],
            valid_from=now,
            recorded_by_id=agreed.proposed_by_id,
            agreed_by_id=agreed.decided_by_id,
            proposal_id=agreed.id,
        )
        telling.of_supplier_size(size)
    return size


def require_size(pflops: int | None, racks: int | None, reference: str) -> str:
    """
    Return the document that proves a size, without blanks around it.

    :raises InvalidSupplierSize: if nothing is said, a number is out of its limits, or no document
    """
    said = {"pflops": pflops, "racks": racks}
    if pflops is None and racks is None:
        told = _("say the computing power, the racks, or both")
        raise InvalidSupplierSize(field="pflops", problem=told)
    for name, each in said.items():
        if each is not None and not 0 <= each <= SIZE_MAX:
            told = _("%(least)s to %(most)s are allowed") % {"least": 0, "most": SIZE_MAX}
            raise InvalidSupplierSize(field=name, problem=told)
    document = reference.strip()
    if not 1 <= len(document) <= REFERENCE_MAX:
        told = _("write 1 to %(most)s characters") % {"most": REFERENCE_MAX}
        raise InvalidSupplierSize(field="reference", problem=told)
    return document
