"""A programme as everybody reads it: money left, rules with clauses, windows, who got what."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from common import clock, tenancy
from identity.uscc import masked
from marketplace.bulletin import boards
from marketplace.policy import selectors as policy_selectors
from marketplace.portal import figures, names, programme_words
from marketplace.portal.homes import days as home_days
from marketplace.vouchers import programme_rules
from marketplace.vouchers import selectors as vouchers_selectors
from marketplace.vouchers.contracts import ProgrammeRules

AWARDS_MAX: Final = 200
VERSIONS_MAX: Final = 10
RUNS_MAX: Final = 5


def programme(request: HttpRequest, code: str) -> HttpResponse:
    """Show one programme."""
    shown = boards.public()
    row = vouchers_selectors.programmes().filter(code=code).first()
    # Without a figure on the board the balance itself is read.
    pools = shown.content.pools if shown else {}
    left = pools if code in pools else None
    listed = vouchers_selectors.summaries([row], at=clock.now(), left=left) if row else []
    if row is None or not listed:
        raise Http404
    (summary,) = listed
    publishes = _publicity(summary.rules)
    context = {
        "programme": summary,
        "taken_at": shown.taken_at if shown and left else None,
        "rules": programme_words.rule_words(summary.rules).items(),
        "windows": list(_windows(summary.rules)),
        "budget": _budget(row.pk, summary.rules),
        "publishes": publishes,
        "awards": _awards(row.pk) if publishes else [],
        "awards_max": AWARDS_MAX,
        "groups": [] if publishes else _by_district(row.pk),
        "versions": list(_versions(row)),
        "runs": [_run(each) for each in policy_selectors.published_runs(code=code)[:RUNS_MAX]],
    }
    return render(request, "public/programme.html", context)


def _publicity(rules: ProgrammeRules) -> bool:
    """Return whether the rules make awards public."""
    return rules.terms is not None and rules.terms.publicity_days > 0


def _windows(rules: ProgrammeRules) -> Iterator[tuple[str, str, str]]:
    """Yield when applications are taken, and what may be granted on each window."""
    if rules.terms is None:
        first, last = rules.applications_from, rules.applications_until
        if first or last:
            yield _moment(first), _moment(last), ""
        return
    for each in rules.terms.windows:
        cap = "" if each.cap_minor is None else figures.money(each.cap_minor)
        yield _moment(each.opens), _moment(each.closes), cap


def _budget(programme_id: Any, rules: ProgrammeRules) -> list[tuple[str, str, str]]:
    """Return each part of the budget: its period, what it holds, what it leaves."""
    with tenancy.acting_as_platform():
        found = vouchers_selectors.budget_periods(programme_id=programme_id, rules=rules)
    return [
        (
            programme_words.period_name(each.year, each.quarter),
            figures.money(each.amount_minor),
            figures.money(each.left_minor),
        )
        for each in found
    ]


def _moment(at: Any) -> str:
    return figures.moment(at) if at else _("open")


def _awards(programme_id: Any) -> list[dict[str, str]]:
    """Return who got what, the last in front: names as they were made public, codes masked."""
    with tenancy.acting_as_platform():
        found = (
            vouchers_selectors.vouchers()
            .filter(programme_version__programme_id=programme_id)
            .order_by("-issued_at", "-id")[:AWARDS_MAX]
        )
        return [
            {
                "name": names.named(each.holder),
                "uscc": masked(each.holder.uscc),
                "amount": figures.money(each.face_minor),
                "day": f"{figures.local(each.issued_at):%Y-%m-%d}",
            }
            for each in found
        ]


def _by_district(programme_id: Any) -> list[tuple[str, str, str]]:
    """Return sums by province; a province with fewer than three enterprises is told with others."""
    with tenancy.acting_as_platform():
        rows = vouchers_selectors.issued_by_province(programme_id)
    told = [(names.region(code), count, face) for code, count, face in rows if code and count >= 3]
    rest = [(count, face) for code, count, face in rows if not code or count < 3]
    if rest:
        told.append((_("elsewhere"), sum(n for n, _f in rest), sum(f for _n, f in rest)))
    return [(name, figures.grouped(count), figures.money(face)) for name, count, face in told]


def _versions(row: Any) -> Iterator[dict[str, Any]]:
    """Yield versions with what changed against the one before."""
    versions = list(row.versions.all())[:VERSIONS_MAX]
    words = [programme_words.rule_words(programme_rules.parse(each.rules)) for each in versions]
    for place, each in enumerate(versions):
        before = words[place + 1] if place + 1 < len(versions) else None
        changed = [] if before is None else list(_changed(before, words[place]))
        yield {
            "version": each.version,
            "valid_from": each.valid_from,
            "content_hash": each.content_hash,
            "source": each.source,
            "is_first": before is None,
            "changed": changed,
        }


def _changed(before: Mapping[str, str], after: Mapping[str, str]) -> Iterator[tuple[str, str, str]]:
    for label in dict.fromkeys([*after, *before]):
        was, now = before.get(label, "—"), after.get(label, "—")
        if was != now:
            yield label, was, now


def _run(run: Any) -> dict[str, Any]:
    """Return what a published run says: its figures and its hash."""
    after = run.result["versions"]["after"]
    return {
        "number": run.number,
        "title": run.title,
        "published_at": run.published_at,
        "starts_at": run.starts_at,
        "ends_at": run.ends_at,
        "run_hash": run.run_hash,
        "rules_hash": run.rules_hash,
        "used": figures.money(after["used_minor"]),
        "left": figures.money(after["left_minor"]),
        "supported": figures.grouped(after["supported"]),
        "share": _share(after),
    }


def _share(after: Mapping[str, Any]) -> str:
    if after["base_minor"] <= 0:
        return "—"
    hundredths = after["used_minor"] * 10_000 // after["base_minor"]
    return f"{figures.grouped(home_days.yuan(hundredths), 2)}%"
