"""A page made of blocks."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final

from django.http import HttpResponse
from django.shortcuts import render

from marketplace.portal.access import PortalRequest
from marketplace.portal.desk.blocks import Block, Cell, Link, Listed, Text
from marketplace.portal.desk.forms import FormBlock
from marketplace.portal.tables import answer_lists


@dataclass(frozen=True, slots=True)
class Head:
    """What a page is about: a title, a sentence that is the answer, and its acts."""

    title: Text
    told: Text = ""
    crumbs: Sequence[tuple[Text, str]] = ()
    links: Sequence[Link] = ()
    tags: Sequence[Cell] = ()


PAGE: Final = "portal/desk/page.html"
TEXT_LENGTH_MAX: Final = 120


def asked(request: PortalRequest, name: str = "q", *, among: Collection[str] = ()) -> str:
    """Return what an address searches by; with `among`, nothing else than one of these."""
    text = str(request.GET.get(name, "")).replace("\x00", "").strip()[:TEXT_LENGTH_MAX]
    return text if not among or text in among else ""


def show(
    request: PortalRequest,
    head: Head,
    main: Sequence[Block | FormBlock],
    side: Sequence[Block | FormBlock] = (),
) -> HttpResponse:
    """
    Answer with a page, or with the file of one of its lists.

    A page that holds a form with errors says so by its status.
    """
    is_wrong = any(block.form.errors for block in (*main, *side) if isinstance(block, FormBlock))
    context = {"head": head, "main": main, "side": side}
    status = 422 if is_wrong else 200
    tables = [block.table for block in (*main, *side) if isinstance(block, Listed)]
    if tables:
        return answer_lists(request, PAGE, *tables, context=context, status=status)
    return render(request, PAGE, context, status=status)
