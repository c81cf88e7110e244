"""The rules by which deliveries, levels, scores and disputes go, in words, the newest last."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from marketplace.assurance.dispute_contracts import DISPUTE_RULES, NEWEST_RULE
from marketplace.assurance.level_rules import LEVELS
from marketplace.assurance.score_rules import SCORES, UNLISTING
from marketplace.catalog.preemption import PREEMPTIONS
from marketplace.fulfilment.rules import DELIVERIES
from marketplace.portal import desk
from marketplace.settlement import rules as settlement_rules

# Where each may be read as data.
DATA: Final = {
    "level": "/api/v1/service-level-rules",
    "score": "/api/v1/score-rules",
    "unlist": "/api/v1/unlisting-rules",
}
WORDS: Final[dict[str, Promise]] = {
    "delivery-1": _(
        "An hour from the start to be ready, an hour to restore, a day after the exit to confirm"
        " that data is wiped. What is not ready, or restored, in its time has failed."
    ),
    "delivery-2": _(
        "As delivery-1, and to be ready and to restore no longer than half of the ordered time, and"
        " never behind its end."
    ),
    "delivery-3": _(
        "As delivery-2. Of what is asked for an hour or more ahead a provider says anything within"
        " two hours, or a quarter of the time until the start if that is shorter. Silence of twelve"
        " hours, or of half of that time, has failed."
    ),
    "delivery-4": _(
        "As delivery-3. While the provider's own agent says that the resource is down, what runs on"
        " it is interrupted and not charged, and nothing of it is ready."
    ),
    "preemption-1": _(
        "A listing that says so takes back what it sold with the notice that it promised, of 2"
        " minutes to 24 hours. Until the moment it runs and is charged, then no further. A notice"
        " is never taken back."
    ),
    "level-1": _(
        "Availability is (counted − down − 1.5 × not reachable + 10 minutes) ÷ counted. Maintenance"
        " that was announced in time counts nowhere. Of the missed targets the largest credit goes"
        " back, never their sum."
    ),
    "score-1": _(
        "Of 30 days. Credibility: coverage 40, certificate 30, corrections 15, disputes 15."
        " Stability: availability 60, starts 25, promises 15. What nothing is known of is left out;"
        " told of in less than 7 days it has no record yet."
    ),
    "unlist-1": _(
        "Below 98 per cent of 30 days, with a tenth of them told of, a listing is warned of, leaves"
        " the market a day later, and is back once it is above."
    ),
    "dispute-1": _(
        "Opened within 30 days, answered within 5 or lost, appealed against within 7 by each side"
        " once."
    ),
    "dispute-2": _(
        "As dispute-1; of a certificate opened within 90 days, of a voucher's cover within 60, and"
        " whose turn it is is reminded."
    ),
    "undelivered-1": _(
        "The contract of what is no longer delivered ends where the window ends that runs, without"
        " notice and fee."
    ),
    "agreed-1": _(
        "A contract ends with the window of the moment that both agreed on, without notice and fee."
    ),
    "agreed-2": _("A contract ends at the moment that both agreed on, without notice and fee."),
}


@dataclass(frozen=True, slots=True)
class NamedRule:
    """A version of a rule: what it says, whether new decisions go by it, and where its data is."""

    name: str
    words: str
    is_newest: bool
    data: str


def names_in_force() -> dict[str, list[str]]:
    """Return the versions of each kind of rule of this release, the newest last."""
    books: tuple[Any, ...] = (DELIVERIES, PREEMPTIONS, LEVELS, SCORES, UNLISTING)
    found = {each.kind: list(each.versions) for each in books}
    found["dispute"] = sorted(DISPUTE_RULES, key=lambda name: name == NEWEST_RULE)
    found["undelivered"] = [settlement_rules.UNDELIVERED.name]
    found["agreed"] = list(settlement_rules.AGREED_VERSIONS)
    return found


def named_rules() -> Iterator[NamedRule]:
    """Yield every version in the order of its kind."""
    for kind, names in names_in_force().items():
        for name in names:
            yield NamedRule(name, str(WORDS[name]), name == names[-1], DATA.get(kind, ""))


def rule_cell(name: str) -> desk.Cell:
    """Return the name of a rule that leads to its words."""
    if name not in WORDS:
        return desk.Cell(name, is_code=True)
    return desk.Cell(name, address=reverse("portal:delivery-rules"))
