"""Acts on several rows of a list: told first where they cannot be undone, each row by itself."""

from collections import Counter
from typing import TYPE_CHECKING, Any, Final

from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from common.errors import InvalidInput, Refusal
from marketplace.portal.tables import exporting
from marketplace.portal.tables.declared import PICKS_MAX, ListAct

if TYPE_CHECKING:
    from marketplace.portal.tables.bound import BoundTable

LIST: Final = "list"
ACT: Final = "act"
PICK: Final = "pick"
CONFIRMED: Final = "confirmed"
EXPORT: Final = "export-"


def answered(table: "BoundTable") -> HttpResponse:
    """
    Do what was asked for to the rows that were picked.

    :raises InvalidInput: if the list knows no such act, or more rows were picked than may be
    """
    name, ids = table.request.POST.get(ACT, ""), table.request.POST.getlist(PICK)
    act = next((each for each in table.acts if each.key == name), None)
    form = name.removeprefix(EXPORT)
    is_file = table.table.is_written and form in exporting.FORMATS
    if len(ids) > PICKS_MAX or (act is None and not is_file):
        raise InvalidInput(field=ACT)
    rows = table.picked([each for each in ids if _is_key(each)])
    if not rows:
        messages.warning(table.request, _("Tick the rows first."))
        return HttpResponseRedirect(table.request.get_full_path())
    if act is None:
        return exporting.file_of(table, rows, form)
    if act.told and CONFIRMED not in table.request.POST:
        return _asked_again(table, act, rows)
    _tell(table, *_done(table, act, rows))
    return HttpResponseRedirect(table.request.get_full_path())


def _asked_again(table: "BoundTable", act: ListAct, rows: list[Any]) -> HttpResponse:
    """Tell what would happen to which rows, before it does."""
    drawn = table.drawn(rows)
    context = {
        "table": table,
        "act": act,
        "labels": [row.label for row in drawn],
        "ids": [row.id for row in drawn],
    }
    return render(table.request, "portal/list_confirm.html", context)


def _is_key(text: str) -> bool:
    return text.isascii() and len(text) <= 100 and text.replace("-", "").isalnum()


def _done(table: "BoundTable", act: ListAct, rows: list[Any]) -> tuple[int, Counter[str]]:
    """Do it to each row; one that is refused holds up no other."""
    done, refused = 0, Counter[str]()
    for row in rows:
        try:
            with transaction.atomic():
                act.run(table.request, row)
        except Refusal as refusal:
            refused[str(refusal)] += 1
        else:
            done += 1
    return done, refused


def _tell(table: "BoundTable", done: int, refused: Counter[str]) -> None:
    if done:
        told = ngettext("Done for %(count)s row.", "Done for %(count)s rows.", done)
        messages.success(table.request, told % {"count": done})
    for sentence, count in refused.items():
        told = ngettext(
            "%(count)s row was left: %(why)s", "%(count)s rows were left: %(why)s", count
        )
        messages.warning(table.request, told % {"count": count, "why": sentence})
