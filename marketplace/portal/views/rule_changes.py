"""Rule changes: public, with dates and differences, for people and for feed readers."""

from typing import Any, Final

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.feedgenerator import Atom1Feed
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from common import clock
from marketplace.bulletin import rule_changes
from marketplace.bulletin.contracts import RuleKind
from marketplace.bulletin.filters import RuleChangeFilter
from marketplace.portal import figures
from marketplace.portal.pager import paged

ROWS: Final = 20
FEED_ROWS: Final = 50


@require_safe
def changes(request: HttpRequest) -> HttpResponse:
    """Show what was announced, newest first; nobody needs to sign in for it."""
    kind = request.GET.get("kind", "")
    kind = kind if kind in RuleKind.values else ""
    now = clock.now()
    wanted = RuleChangeFilter(request.GET, queryset=rule_changes.rule_changes())
    shown, pages = paged(wanted.qs, request, size=ROWS)
    context = {
        "changes": rule_changes.describe_changes(shown),
        "pages": pages,
        "now": now,
        "kind": kind,
        "kinds": [("", _("All")), *RuleKind.choices],
    }
    return render(request, "portal/rule_changes.html", context)


@require_safe
def feed(request: HttpRequest) -> HttpResponse:
    """Answer with the newest changes as an Atom feed in the reader's language."""
    page = request.build_absolute_uri(reverse("portal:rule-changes"))
    atom = Atom1Feed(
        title=_("Rule changes"),
        link=page,
        description="",
        language=get_language(),
        feed_url=request.build_absolute_uri(),
    )
    for change in rule_changes.describe_changes(rule_changes.rule_changes()[:FEED_ROWS]):
        atom.add_item(
            title=_title(change),
            link=f"{page}#{change.id}",
            description="\n".join(_lines(change)),
            unique_id=change.id.urn,
            pubdate=change.announced_at,
            updateddate=change.announced_at,
            categories=[change.kind_label],
        )
    return HttpResponse(atom.writeString("utf-8"), content_type=f"{atom.content_type}")


def _title(change: rule_changes.ToldChange) -> str:
    words = {"kind": change.kind_label, "name": change.name, "version": change.version}
    return (
        _("%(kind)s: %(name)s v%(version)s") if change.name else _("%(kind)s v%(version)s")
    ) % words


def _lines(change: rule_changes.ToldChange) -> list[Any]:
    first = _("Takes effect %(moment)s.") % {"moment": figures.moment(change.effective_at)}
    told = [
        f"{each.name}: {each.before or '—'} → {each.after or '—'}" for each in change.differences
    ]
    return [first, *told]
