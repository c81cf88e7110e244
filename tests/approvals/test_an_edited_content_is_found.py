"""Whoever owns the database can edit what was proposed; nobody carries it out then."""

import pytest

from identity.approvals.contracts import ProposalChanged
from identity.contracts import Role
from tests import cast, databases, environment
from tests.approvals.cast import propose, settle


def test_content_that_was_edited_behind_the_program_is_not_carried_out(fresh_database):
    desk = cast.organization("Desk")
    clerk, second = (cast.member(desk, Role.FINANCE) for _n in range(2))
    proposed = propose(clerk, desk, content={"amount_minor": 1})
    with databases.admin(environment.DATABASE) as admin:
        admin.execute("SET session_replication_role = replica")
        admin.execute("UPDATE approvals_proposal SET content = content || '{\"amount_minor\": 9}'")

    with pytest.raises(ProposalChanged):
        settle(proposed, second, desk)
