"""The words of a letter, in its reader's language."""

from collections.abc import Sequence
from typing import Final

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from common import addresses, moments
from identity.notices import registry, selectors
from identity.notices.models import Notice

LINES_MAX: Final = 50


def letter(notices: Sequence[Notice], *, language: str, zone: str = "") -> tuple[str, str]:
    """Return the subject and the text of a letter about some notices, oldest first."""
    with translation.override(language), moments.reading_in(zone):
        lines = [_line(each) for each in notices[:LINES_MAX]]
        if (more := len(notices) - LINES_MAX) > 0:
            lines.append(
                ngettext("And %(count)s more.", "And %(count)s more.", more) % {"count": more}
            )
        closing = _(
            "You receive this because of your role on %(site)s. Choose when you want letters: "
            "%(address)s"
        ) % {"site": settings.SITE_NAME, "address": addresses.public(registry.choices_address())}
        return _subject(notices), "\n\n".join([*lines, closing])


def _subject(notices: Sequence[Notice]) -> str:
    if len(notices) == 1:
        return f"[{settings.SITE_NAME}] {title(notices[0])}"
    count = len(notices)
    told = ngettext("%(count)s notice", "%(count)s notices", count) % {"count": count}
    return f"[{settings.SITE_NAME}] {told}"


def title(notice: Notice) -> str:
    """Return what a notice says in a line: what happened, to what, or how often."""
    label = str(selectors.label_of(notice))
    if notice.count > 1:
        return f"{label} × {notice.count}"
    return f"{label}: {notice.object_label}" if notice.object_label else label


def _line(notice: Notice) -> str:
    when = moments.written(notice.happened_at)
    head = _("Reminder: %(title)s") if notice.reminders and not notice.answered_at else "%(title)s"
    link = addresses.public(registry.address(notice.pk))
    return f"{when}  {head % {'title': title(notice)}}\n{link}"
