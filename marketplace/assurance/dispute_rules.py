"""When whose turn it is in a dispute is reminded; pure."""

from datetime import datetime

from marketplace.assurance.dispute_contracts import TO_DECIDE, DisputeRule, DisputeState


def next_reminder(
    rule: DisputeRule, state: DisputeState, answer_due_at: datetime, now: datetime
) -> datetime | None:
    """
    Return when whose turn it is is reminded next; none where nobody is.

    The provider is reminded at set times before its answer is due, operators again and again until
    they decide.
    """
    if state == DisputeState.OPEN:
        times = (answer_due_at - each for each in rule.answer_reminders)
        return min((each for each in times if each > now), default=None)
    if state in TO_DECIDE and rule.decide_every is not None:
        return now + rule.decide_every
    return None
