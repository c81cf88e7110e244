"""Writes of vouchers: programmes and their money, applications, decisions, and the end."""

from marketplace.vouchers.services.applications import (
    add_evidence,
    apply,
    draft_application,
    submit_application,
    withdraw_application,
)
from marketplace.vouchers.services.asking import AnsweredForm, choose_form
from marketplace.vouchers.services.batches import apply_batch, decide_batch, issue_batch
from marketplace.vouchers.services.control_lists import (
    bring_dishonest,
    bring_marks,
    bring_supports,
    own_supports,
)
from marketplace.vouchers.services.control_rules import (
    propose_control_rule,
    publish_control_rule,
)
from marketplace.vouchers.services.controlling import decide_finding, name_contract
from marketplace.vouchers.services.deciding import decide, revoke_approval
from marketplace.vouchers.services.drafts import propose_draft, save_draft
from marketplace.vouchers.services.fundings import (
    confirm_funding,
    fund_programme,
)
from marketplace.vouchers.services.issuing import IssueOutcome, issue_voucher, issue_vouchers
from marketplace.vouchers.services.objecting import answer_objection, object_to
from marketplace.vouchers.services.programmes import (
    create_programme,
    propose_programme,
    propose_version,
    publish_version,
)
from marketplace.vouchers.services.reimbursed import (
    count_reimbursed,
    hold_programme,
    uncount_reimbursed,
)
from marketplace.vouchers.services.returns import (
    SWEEP_MAX,
    claw_back,
    close_voucher,
    expire_vouchers,
    retry_voucher,
    sweep_again,
)
from marketplace.vouchers.services.sampling import commit_sample, draw_sample
from marketplace.vouchers.services.supplier_sizes import (
    confirm_supplier_size,
    propose_supplier_size,
    record_supplier_size,
)
from marketplace.vouchers.services.timing import (
    close_publicity,
    expire_applications,
    remind_of_ends,
)

__all__ = [
    "SWEEP_MAX",
    "AnsweredForm",
    "IssueOutcome",
    "add_evidence",
    "answer_objection",
    "apply",
    "apply_batch",
    "bring_dishonest",
    "bring_marks",
    "bring_supports",
    "choose_form",
    "claw_back",
    "close_publicity",
    "close_voucher",
    "commit_sample",
    "confirm_funding",
    "confirm_supplier_size",
    "count_reimbursed",
    "create_programme",
    "decide",
    "decide_batch",
    "decide_finding",
    "draft_application",
    "draw_sample",
    "expire_applications",
    "expire_vouchers",
    "fund_programme",
    "hold_programme",
    "issue_batch",
    "issue_voucher",
    "issue_vouchers",
    "name_contract",
    "object_to",
    "own_supports",
    "propose_control_rule",
    "propose_draft",
    "propose_programme",
    "propose_supplier_size",
    "propose_version",
    "publish_control_rule",
    "publish_version",
    "record_supplier_size",
    "remind_of_ends",
    "retry_voucher",
    "revoke_approval",
    "save_draft",
    "submit_application",
    "sweep_again",
    "uncount_reimbursed",
    "withdraw_application",
]
