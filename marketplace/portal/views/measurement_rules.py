"""Measurement rules, every version with its clauses and its hash: public, as what follows them."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from common import clock
from marketplace.catalog import selectors as catalog_selectors
from marketplace.portal import figures, names, rule_words
from marketplace.portal.views import conversion_tables
from metering import selectors as metering_selectors
from metering.selectors import RuleText

LISTINGS_MAX: Final = 50


@require_safe
def measurement_rules(request: HttpRequest) -> HttpResponse:
    """Show every rule with its versions; nobody needs to sign in for it."""
    now, texts = clock.now(), metering_selectors.rule_texts()
    followed = catalog_selectors.count_by_rule([each.id for each in texts])
    rules: dict[str, dict[str, Any]] = {}
    for each in texts:
        rule = rules.setdefault(each.code, {"text": each, "versions": []})
        rule["versions"].append(_line(each, now=now, listings=followed.get(each.id, 0)))
    tables = conversion_tables.listed(metering_selectors.table_texts())
    context = {"rules": list(rules.values()), "tables": tables} | {
        "may_draft": conversion_tables.may_draft(request)
    }
    return render(request, "portal/measurement_rules.html", context)


def _line(text: RuleText, *, now: Any, listings: int) -> dict[str, Any]:
    return {
        "text": text,
        "is_announced": text.valid_from > now,
        "is_current": text.valid_from <= now and (text.ends_at is None or text.ends_at > now),
        "listings": listings,
    }


@require_safe
def measurement_rule(request: HttpRequest, code: str, version: int) -> HttpResponse:
    """Show one version: its clauses, the factors of chips, its hash, and what follows it."""
    text = metering_selectors.rule_text(code=code, version=version)
    followers = catalog_selectors.listings_by_rule(text.id)
    meters = metering_selectors.meters_by_rule([text.id]).get(text.id, 0)
    context = {
        "text": text,
        "line": _line(text, now=clock.now(), listings=followers.count()),
        "clauses": _clauses(text),
        "factors": text.definition.get("factors", ()),
        "conversion": text.definition.get("conversion"),
        "earlier": range(1, version),
        "may_draft": conversion_tables.may_draft(request),
        "listings": [
            {"id": each.pk, "number": each.number, "name": names.named(each, "title")}
            for each in followers[:LISTINGS_MAX]
        ],
        "meters": meters if request.user.is_authenticated else None,
    }
    return render(request, "portal/measurement_rule.html", context)


@require_safe
def compared(request: HttpRequest, code: str, version: int, before: int) -> HttpResponse:
    """Show what two versions of a rule say otherwise, clause by clause, and worse for whom."""
    text = metering_selectors.rule_text(code=code, version=version)
    former = metering_selectors.rule_text(code=code, version=before)
    changes = rule_words.told_apart(rule_words.of_measurement, former.definition, text.definition)
    context = {"text": text, "before": former, "changes": changes}
    return render(request, "portal/measurement_rule_compared.html", context)


def _clauses(text: RuleText) -> list[tuple[str, str]]:
    """Return what a version says, clause by clause, in the reader's language."""
    said = text.definition
    window, grace = int(said["window_seconds"]), int(said["grace_seconds"])
    conversion = said.get("conversion")
    return [
        (_("What is counted"), f"{text.metric} · {text.unit}"),
        (
            _("Windows"),
            _("%(length)s each, counted from 00:00 UTC") % {"length": figures.duration(window)},
        ),
        (
            _("Late readings"),
            _("taken for %(length)s after a window ended") % {"length": figures.duration(grace)},
        ),
        (_("Added up by"), rule_words.clause("aggregate", said["aggregate"])),
        (
            _("Standard hours"),
            _standard_hours(said) if said.get("standard") else _("no: native hours only"),
        ),
        (
            _("Capacity certificates"),
            rule_words.clause("accepts_certificates", True)
            if conversion
            else _("give a resource a factor of its own")
            if said.get("accepts_certificates")
            else _("are not used"),
        ),
        (_("Arithmetic"), str(said.get("measuring_rule", "measure-1"))),
        *rule_words.further(said),
    ]


def _standard_hours(said: Mapping[str, Any]) -> str:
    """Return by what a rule converts: a published table, or figures of its own."""
    if named := said.get("conversion"):
        return _("yes, by the conversion table %(table)s") % {
            "table": f"{named['name']} v{named['version']}"
        }
    factors = len(said.get("factors", ()))
    told = ngettext(
        "yes, with the factor of %(count)s chip",
        "yes, with the factors of %(count)s chips",
        factors,
    )
    return told % {"count": figures.grouped(Decimal(factors))}
