"""What is said in the open of a key for a programming interface. Pure."""

import re
from datetime import datetime, timedelta
from typing import Final

from django.utils.translation import gettext as _

from marketplace.fulfilment.handover_contracts import (
    KEY_HINT_LENGTH,
    OVERLAP_SECONDS_MAX,
    REQUESTS_A_MINUTE_MAX,
    SCOPE_LENGTH_MAX,
    SCOPES_MAX,
    ScopedKey,
    ScopedKeyInvalid,
)

TOLD_AHEAD: Final = timedelta(hours=24)
_SCOPE: Final = re.compile(rf"[a-z][a-z0-9:._-]{{0,{SCOPE_LENGTH_MAX - 1}}}", re.ASCII)
_HINT: Final = re.compile(rf"[!-~]{{{KEY_HINT_LENGTH}}}", re.ASCII)


def checked(
    key: ScopedKey, *, leaves_at: datetime, latest: datetime, now: datetime, is_leaked: bool
) -> ScopedKey:
    """
    Return what is said of a key, with its end; one that is not named is that of the order.

    `latest` is the end of the order with what its rule grants after it.

    :raises ScopedKeyInvalid: if it breaks its limits
    """
    ends = key.expires_at or max(leaves_at, now + timedelta(seconds=1))
    found = (
        (len(key.scopes) > SCOPES_MAX, "scopes", _("it has too many scopes.")),
        (
            not all(_SCOPE.fullmatch(each) for each in key.scopes),
            "scopes",
            _("a scope has small letters, digits and : . _ -, and begins with a letter."),
        ),
        (ends <= now, "expires_at", _("it expires in the past.")),
        (ends > latest, "expires_at", _("it expires after the order and its time to be wiped.")),
        (
            key.requests_a_minute is not None
            and not 1 <= key.requests_a_minute <= REQUESTS_A_MINUTE_MAX,
            "requests_a_minute",
            _("the rate is out of its limits."),
        ),
        (
            bool(key.hint) and not _HINT.fullmatch(key.hint),
            "hint",
            _("the hint is its last four characters."),
        ),
        (
            key.former_until is not None and is_leaked,
            "former_until",
            _("somebody else may know the former one, so that ends at once."),
        ),
        (
            key.former_until is not None
            and not now <= key.former_until <= now + timedelta(seconds=OVERLAP_SECONDS_MAX),
            "former_until",
            _("the former one counts for 24 hours at most."),
        ),
    )
    for is_broken, field, why in found:
        if is_broken:
            raise ScopedKeyInvalid(field=field, why=why)
    scopes = tuple(dict.fromkeys(key.scopes))
    return ScopedKey(scopes, ends, key.requests_a_minute, key.hint, key.former_until)


def tell_at(expires_at: datetime, *, leaves_at: datetime, now: datetime) -> datetime | None:
    """Return when both are told that a key expires: none where it ends with its order."""
    if expires_at >= leaves_at:
        return None
    return max(now, expires_at - min(TOLD_AHEAD, (expires_at - now) / 2))
