"""The rules of deliveries, levels, scores and disputes in words, for everybody."""

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from marketplace.portal import delivered_rule_words, desk


def delivery_rules(request: HttpRequest) -> HttpResponse:
    """Show what each version says that deliveries, contracts, listings and disputes name."""
    head = desk.Head(
        _("Rules of deliveries"),
        _("By which version something goes stands on it, and stays. None is ever changed."),
        crumbs=[(_("Rule changes"), reverse("portal:rule-changes"))],
        links=[
            desk.Link(_("From when on orders are charged"), reverse("portal:delivery-policies")),
        ],
    )
    columns = [desk.Column(_("Rule")), desk.Column(_("What it says")), desk.Column(_("As data"))]
    rows = [
        [
            desk.Cell(
                each.name, _("what is new goes by it") if each.is_newest else "", is_code=True
            ),
            desk.Cell(each.words),
            desk.Cell(links=[desk.Link(_("As data"), each.data, about=each.name)])
            if each.data
            else desk.Cell(""),
        ]
        for each in delivered_rule_words.named_rules()
    ]
    sheet = desk.Sheet(_("Versions"), columns, rows, desk.Empty("", ""))
    return desk.show(request, head, [sheet])  # type: ignore[arg-type] # nobody needs to be somebody
