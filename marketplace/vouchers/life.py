"""The life of an application: one table of states, the same as the database's trigger keeps."""

from datetime import timedelta
from typing import Any, Final

from marketplace.vouchers.contracts import AlreadyDecided, ApplicationState, LifeStep

S = ApplicationState
WITHDRAWABLE: Final = frozenset(
    {S.DRAFT, S.APPLIED, S.EVIDENCE_ASKED, S.REVIEWED, S.PUBLISHED, S.APPROVED}
)
# From which states a step leads, and to which.
STEPS: Final = {
    LifeStep.SUBMIT: ({S.DRAFT}, S.APPLIED),
    LifeStep.ASK: ({S.APPLIED}, S.EVIDENCE_ASKED),
    LifeStep.ANSWER: ({S.EVIDENCE_ASKED}, S.APPLIED),
    LifeStep.REVIEW: ({S.APPLIED}, S.REVIEWED),
    LifeStep.RETURN: ({S.REVIEWED}, S.APPLIED),
    LifeStep.PUBLISH: ({S.REVIEWED}, S.PUBLISHED),
    LifeStep.APPROVE: ({S.REVIEWED, S.PUBLISHED}, S.APPROVED),
    LifeStep.ISSUE: ({S.APPROVED}, S.ISSUED),
    LifeStep.REJECT: ({S.APPLIED, S.REVIEWED, S.PUBLISHED}, S.REJECTED),
    LifeStep.WITHDRAW: (
        WITHDRAWABLE,
        S.WITHDRAWN,
    ),
    LifeStep.EXPIRE: ({S.DRAFT, S.EVIDENCE_ASKED, S.APPROVED}, S.EXPIRED),
    LifeStep.REVOKE: ({S.APPROVED}, S.REVOKED),
}
OVER: Final = frozenset({S.ISSUED, S.REJECTED, S.WITHDRAWN, S.EXPIRED, S.REVOKED})
# Where the issuer acts next, and where the applicant does.
OF_ISSUER: Final = (S.APPLIED, S.REVIEWED, S.PUBLISHED, S.APPROVED)
OF_APPLICANT: Final = (S.DRAFT, S.EVIDENCE_ASKED)
UNDECIDED: Final = (S.DRAFT, S.APPLIED, S.EVIDENCE_ASKED, S.REVIEWED)
DECIDED: Final = (S.PUBLISHED, S.APPROVED, S.ISSUED, S.REJECTED, S.REVOKED)
CHECKED_TWICE: Final = (S.PUBLISHED, S.APPROVED, S.ISSUED, S.REVOKED)
# How long an application may stay in a state before it is over.
DAYS: Final = {S.DRAFT: 90, S.EVIDENCE_ASKED: 30, S.APPROVED: 60}


def state_after(state: str, step: LifeStep) -> ApplicationState:
    """
    Return where a step leads from a state.

    :raises AlreadyDecided: if it leads nowhere from there
    """
    before, then = STEPS[step]
    if state not in before:
        raise AlreadyDecided(state=ApplicationState(state).label)
    return then


def time_in(state: ApplicationState) -> timedelta | None:
    """Return how long an application may stay in a state; None: as long as it takes."""
    days = DAYS.get(state)
    return None if days is None else timedelta(days=days)


def publicity(rules: dict[str, Any]) -> timedelta:
    """Return for how long everybody may object, by the rules of a programme; zero if not at all."""
    return timedelta(days=int(rules.get("publicity_days") or 0))


def clause(rules: dict[str, Any], member: str) -> str:
    """Return which clause of a programme says a rule, as far as its rules name it."""
    found = rules.get("clauses", {}).get(member, {})
    return " ".join(str(found[name]) for name in ("number", "source") if found.get(name))
