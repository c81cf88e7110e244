"""How the test gateway misbehaves on command."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

# What may be asked for: of answers, and of what is told by webhook.
OF_ANSWERS: Final = ("timeout_after_effect", "error_then_success", "too_many", "before_reply")
OF_EVENTS: Final = ("wrong_amount", "wrong_currency", "wrong_account", "live")
OF_DELIVERIES: Final = ("duplicate", "reordered", "late", "old_secret", "lost")
KNOWN: Final = (*OF_ANSWERS, *OF_EVENTS, *OF_DELIVERIES)


@dataclass
class Mischief:
    """What is to go wrong, and how often yet."""

    left: dict[str, int] = field(default_factory=dict)

    def ask(self, what: str, times: int) -> None:
        """Let something go wrong the next times."""
        if what not in KNOWN:
            message = f"{what} is none of {', '.join(KNOWN)}"
            raise ValueError(message)
        self.left[what] = times

    def takes(self, what: str) -> bool:
        """Return whether something goes wrong this time."""
        if self.left.get(what, 0) <= 0:
            return False
        self.left[what] -= 1
        return True

    def spoiled(self, event: dict[str, Any]) -> dict[str, Any]:
        """Return an event, or one that tells of something else."""
        about = event["data"]["object"]
        amounts = [name for name in ("amount", "amount_received", "amount_total") if name in about]
        if amounts and self.takes("wrong_amount"):
            about |= {name: about[name] + 1 for name in amounts}
        if "currency" in about and self.takes("wrong_currency"):
            about["currency"] = "usd"
        if self.takes("wrong_account"):
            event["account"] = "acct_other"
        if self.takes("live"):
            event["livemode"] = True
        return event

    def deliveries(self, events: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
        """Yield what is delivered of events, in which order and how often."""
        for event in events[:: -1 if self.takes("reordered") else 1]:
            if self.takes("lost"):
                continue
            yield event
            if self.takes("duplicate"):
                yield event
