"""What the remark of a charge says, in words: why it costs nothing, or less than was measured."""

from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

# By the remark's code, which is API: in short, and as a sentence.
WORDS: Final[dict[str, tuple[str | Promise, str | Promise]]] = {
    "beyond_hold": (
        _("beyond the hold"),
        _("More was used than the order had put on hold; what lies beyond it is not collected."),
    ),
    "after_settlement": (
        _("after settlement"),
        _("It was found after the order was settled and its hold released: it costs nothing."),
    ),
    "outside_period": (
        _("outside the ordered time"),
        _("It was measured outside the ordered time: it costs nothing."),
    ),
    "unit_mismatch": (
        _("another unit"),
        _("It was measured in another unit than the order counts in: it costs nothing."),
    ),
    "rule_mismatch": (
        _("windows too long"),
        _(
            "It was measured in longer windows than the contract's rule has, so nobody can tell"
            " when it was used: it costs nothing."
        ),
    ),
    "not_measured": (
        _("no standard hours"),
        _(
            "The plan charges by standard hours, and there is no published figure of this chip:"
            " it costs nothing."
        ),
    ),
    "beyond_order": (
        _("beyond the order"),
        _(
            "More units were used at one moment than were ordered, or some of it outside the"
            " ordered time; what lies beyond the order costs nothing."
        ),
    ),
    "trial": (
        _("on trial"),
        _("The meter is on trial: its use is measured and shown, and costs nothing."),
    ),
    "not_ready": (
        _("not delivered then"),
        _(
            "The delivery was not ready, or not running, for all of this time; what was measured"
            " meanwhile costs nothing."
        ),
    ),
}


def short(code: str) -> str | Promise:
    """Return a remark in a word or two; nothing where there is none."""
    return WORDS[code][0] if code in WORDS else code


def sentence(code: str) -> str | Promise:
    """Return what a remark says; nothing where there is none."""
    return WORDS[code][1] if code in WORDS else code
