"""The text of a rating rule, clause by clause, for everybody."""

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from marketplace.portal import desk, rating_words


def rating_rule(request: HttpRequest, rating_rule: str) -> HttpResponse:
    """
    Show what a rating rule says, and the script that computes by it without the market.

    :raises Http404: if no rule is called so
    """
    said = list(rating_words.clauses(rating_rule))
    if not said:
        raise Http404
    others = [name for name in rating_words.CLAUSES if name != rating_rule]
    head = desk.Head(
        _("Rating rule %(name)s") % {"name": rating_rule},
        _("How a price follows from a plan and a quantity. A rule that charged is never changed."),
        crumbs=[(_("Rule changes"), reverse("portal:rule-changes"))],
        links=[
            desk.Link(_("The script"), reverse("portal:price-verifier"), symbol="file-export"),
        ],
    )
    main = [desk.Steps(_("What it says"), [f"{number} {text}" for number, text in said])]
    side = [
        desk.Facts(
            _("Where it comes from"),
            [(_("Decisions"), desk.Cell(rating_words.SOURCES[rating_rule]))],
            links=[
                desk.Link(
                    _("Rating rule %(name)s") % {"name": name},
                    reverse("portal:rating-rule", args=[name]),
                )
                for name in others
            ],
        )
    ]
    return desk.show(request, head, main, side)  # type: ignore[arg-type] # nobody needs to be somebody
