"""Senders: which series of a provider count for which meters, tried before it counts."""

import json
from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from common import clock
from common.canonical import decimal_text
from identity.contracts import Role
from marketplace.portal import desk, figures
from marketplace.portal.access import PortalRequest, page
from marketplace.portal.forms import OnceForm
from marketplace.portal.lists.senders import MAPPINGS, SERIES, UNMAPPED, label_text
from marketplace.portal.mapping_form import (
    METERS_MAX,
    ROW,
    MappingForm,
    NewMappingForm,
    called,
    moved_rows,
)
from marketplace.portal.once import once
from marketplace.portal.tables import Queried
from metering import selectors as metering_selectors
from metering.rules import microseconds
from metering.senders import definitions
from metering.senders import selectors as senders_selectors
from metering.senders import services as senders_services
from metering.senders.contracts import MappingChange, Reads, TriedSeries, Unmapped, Via
from metering.senders.definitions import MappingDefinition
from metering.senders.wire import exposition

TRIED_SHOWN: Final = 50
VERSIONS_SHOWN: Final = 50


@page(Role.PROVIDER)
def senders(request: PortalRequest) -> HttpResponse:
    """Show a provider's mappings, by which doors series come, and what nobody reads."""
    own = request.actor.organization_id
    counts = senders_selectors.counts(own)
    make = desk.Link(_("New mapping"), reverse("portal:series-mapping-new"), "plus", "primary")
    followed = desk.Link(_("Followed series"), reverse("portal:followed-series"), "chart-bar")
    how = desk.Link(_("How to send"), reverse("portal:help-topic", args=["send-readings"]), "help")
    told = _("%(series)s series count for your meters; %(unread)s metrics come that nobody reads.")
    head = desk.Head(
        _("Senders"),
        told
        % {
            "series": figures.grouped(counts["series"]),
            "unread": figures.grouped(counts["unmapped"]),
        },
        links=[how, followed, make],
    )
    mappings = MAPPINGS.read(request, Queried(senders_selectors.mappings(own)))
    unread = UNMAPPED.read(request, Queried(senders_selectors.unmapped(own)))
    blocks: list[desk.Listed | desk.Sheet] = [
        desk.Listed(
            mappings,
            desk.Empty(
                _("No mapping yet"),
                _("A mapping says which series of Prometheus or OTLP count for which meter."),
                "adjustments-horizontal",
                make,
            ),
            _("Mappings"),
        ),
        desk.Listed(
            unread,
            desk.Empty(
                _("Nothing is unread"),
                _("What comes and no mapping names is counted here."),
                "check",
            ),
            _("Series that nobody reads"),
        ),
        _doors(own),
    ]
    return desk.show(request, head, blocks)


def _doors(provider_id: UUID) -> desk.Sheet:
    rows = [
        [
            desk.Cell(Via(door.via).label),
            desk.Cell(figures.grouped(door.requests)),
            desk.Cell(
                figures.grouped(door.samples),
                note=_("%(count)s unread") % {"count": figures.grouped(door.unmapped)}
                if door.unmapped
                else "",
            ),
            desk.Cell(
                figures.grouped(door.readings),
                note=" · ".join(f"{code} {count}" for code, count in sorted(door.refused.items())),
            ),
            desk.Cell(figures.moment(door.seen_at)),
        ]
        for door in senders_selectors.senders(provider_id)
    ]
    columns = [
        desk.Column(_("Door")),
        desk.Column(_("Requests"), "number"),
        desk.Column(_("Samples"), "number"),
        desk.Column(_("Readings"), "number"),
        desk.Column(_("Last request")),
    ]
    empty = desk.Empty(
        _("Nothing came yet"),
        _("Let Prometheus or an OTLP exporter write to the market with an API key."),
        "inbox",
    )
    return desk.Sheet(_("By which doors"), columns, rows, empty)


@page(Role.PROVIDER)
def followed_series(request: PortalRequest) -> HttpResponse:
    """Show the series that are followed, each with the meter that it counts for."""
    found = senders_selectors.series(request.actor.organization_id)
    table = SERIES.read(request, Queried(found))
    head = desk.Head(
        _("Followed series"),
        _("Each counts from its second sample on; what stands below its name tells it apart."),
        crumbs=[(_("Senders"), reverse("portal:senders"))],
    )
    empty = desk.Empty(
        _("No series yet"), _("They stand here once a mapping names one that comes."), "chart-bar"
    )
    return desk.show(request, head, [desk.Listed(table, empty)])


@page(Role.PROVIDER)
@require_http_methods(["GET", "POST"])
@once
def new_mapping(request: PortalRequest) -> HttpResponse:
    """Make a mapping: written, tried with a sample, and published once that was read."""
    form = _form(request, NewMappingForm, _mapped(request))

    def make() -> list[TriedSeries]:
        tried = _tried(request, form)
        senders_services.create_mapping(
            provider_id=request.actor.organization_id,
            name=form.cleaned_data["name"],
            definition=definitions.written(form.cleaned_data["parsed"]),
            by_id=request.actor.person_id,
            now=clock.now(),
        )
        return tried

    outcome = None if _is_moving_rows(request) else desk.attempt(request, form, make)
    if outcome is not None and outcome.counts:
        said = {"name": form.cleaned_data["name"]}
        messages.success(request, _("%(name)s is in force.") % said)
        return redirect("portal:senders")
    head = desk.Head(
        _("New mapping"),
        _("Nothing counts before you have read what would come of it."),
        crumbs=[(_("Senders"), reverse("portal:senders"))],
    )
    return _edited(request, head, form, outcome, before=None, back=reverse("portal:senders"))


@page(Role.PROVIDER)
@require_http_methods(["GET", "POST"])
@once
def change_mapping(request: PortalRequest, mapping_id: UUID) -> HttpResponse:
    """Publish the next version of a mapping: tried, compared with the one in force, published."""
    own = request.actor.organization_id
    mapping = senders_selectors.mapping(mapping_id, provider_id=own)
    latest = senders_selectors.versions(mapping.pk)[0]
    written = json.dumps(latest.definition, indent=2, ensure_ascii=False)
    form = _form(request, MappingForm, {"definition": written, **_mapped(request)})

    def publish() -> list[TriedSeries]:
        tried = _tried(request, form)
        senders_services.publish_version(
            provider_id=own,
            mapping_id=mapping.pk,
            definition=definitions.written(form.cleaned_data["parsed"]),
            begun_from=_begun_from(request, latest.version),
            by_id=request.actor.person_id,
            now=clock.now(),
        )
        return tried

    back = reverse("portal:series-mapping", args=[mapping.pk])
    outcome = None if _is_moving_rows(request) else desk.attempt(request, form, publish)
    if outcome is not None and outcome.counts:
        messages.success(request, _("%(name)s is published.") % {"name": mapping.name})
        return redirect(back)
    head = desk.Head(
        _("Change the mapping"),
        _("What you publish is in force at once; the version before stays as it was."),
        crumbs=[(_("Senders"), reverse("portal:senders")), (mapping.name, back)],
    )
    return _edited(request, head, form, outcome, before=latest.definition, back=back)


def _is_moving_rows(request: PortalRequest) -> bool:
    """Return whether rows of the form are added or taken away: nothing is tried yet."""
    return request.method == "POST" and ROW in request.POST


def _form(request: PortalRequest, kind: type[MappingForm], initial: dict[str, Any]) -> MappingForm:
    """Return the form as it was sent; a file that came with it is its sample from now on."""
    meters = _meters(request)
    if request.method != "POST":
        return kind(None, meters=meters, initial=initial)
    _take_file(request)
    if _is_moving_rows(request):
        typed = moved_rows(request.POST.dict(), request.POST[ROW])
        return kind(None, meters=meters, initial=typed)
    return kind(request.POST, meters=meters, initial=initial)


def _take_file(request: PortalRequest) -> None:
    """Put the text of a file where a sample is pasted, so that it is seen and kept."""
    file = request.FILES.get("sample_file")
    if file is None:
        return
    text = file.read(4 * exposition.SAMPLE_LENGTH_MAX + 1).decode("utf-8-sig", "replace")
    typed = request.POST.copy()
    typed["sample"] = text.replace("\x00", "\ufffd")
    request.POST = typed  # type: ignore[assignment] # what a browser sends is the same
    request.FILES.clear()


def _begun_from(request: PortalRequest, version: int) -> int:
    """Return the version that was looked at when the form was opened."""
    said = request.GET.get("from", "")
    return int(said) if said.isascii() and said.isdigit() and len(said) < 9 else version


def _meters(request: PortalRequest) -> dict[UUID, str]:
    found = metering_selectors.meters_for(request.actor)
    found = found.filter(provider_id=request.actor.organization_id)[:METERS_MAX]
    return {each.pk: called(each) for each in found}


def _mapped(request: PortalRequest) -> dict[str, str]:
    """Return the rule that 'Map this' begins with."""
    metric = desk.asked(request, "metric")
    found = senders_selectors.unmapped(request.actor.organization_id).filter(metric=metric)
    unread = found.first() if metric else None
    if unread is None:
        return {"metric": metric} if metric else {}
    reads = "gauge" if unread.kind == "level" else "counter"
    lines = [f"{name}={value}" for name, value in sorted(unread.labels.items())]
    return {"metric": metric, "reads": reads, "labels": "\n".join(lines)}


def _tried(request: PortalRequest, form: MappingForm) -> list[TriedSeries]:
    """Return what the mapping makes of the sample, or of the series that came last."""
    own: UUID = request.actor.organization_id
    parsed: MappingDefinition = form.cleaned_data["parsed"]
    sample = form.cleaned_data.get("sample", "")
    batch = (
        exposition.read(sample, now=microseconds(clock.now()))
        if sample.strip()
        else senders_selectors.latest_batch(own)
    )
    return senders_services.try_batch(provider_id=own, definition=parsed, batch=batch)


def _edited(
    request: PortalRequest,
    head: desk.Head,
    form: MappingForm,
    outcome: desk.Outcome | None,
    *,
    before: dict[str, Any] | None,
    back: str,
) -> HttpResponse:
    is_shown = outcome is not None
    block = desk.FormBlock(
        form,
        _("Publish it") if is_shown else _("Try it"),
        back,
        form.sections,
        symbol="check" if is_shown else "search",
        seen=desk.seen_mark(request) if is_shown else "",
        acts=form.acts,
    )
    if outcome is None:
        return desk.show(request, head, [block])
    after = definitions.written(form.cleaned_data["parsed"])
    changed = definitions.changes(before, after)
    tried = outcome.made
    parsed = form.cleaned_data["parsed"]
    unread = _unread_note(tried)
    told: list[desk.Sheet | desk.Note] = [_by_rule(parsed, tried), *unread, _told(tried)]
    told.append(_changed(changed))
    return desk.show(request, head, [*told, block])


def _by_rule(parsed: MappingDefinition, tried: Sequence[TriedSeries]) -> desk.Sheet:
    """Show for each rule how many series it reads, and what is counted of them."""
    columns = [
        desk.Column(_("Rule"), "number"),
        desk.Column(_("Metric")),
        desk.Column(_("Series"), "number"),
        desk.Column(_("Readings"), "number"),
        desk.Column(_("Counted"), "number"),
    ]
    rows = []
    for place, rule in enumerate(parsed.rules[:TRIED_SHOWN], start=1):
        its = [each for each in tried if each.place == place]
        sums: dict[str, Any] = {}
        for each in its:
            unit = each.meter.unit if each.meter else ""
            sums[unit] = sums.get(unit, 0) + sum(it.quantity for it in each.readings)
        rows.append(
            [
                desk.Cell(str(place)),
                desk.Cell(rule.metric, note=str(Reads(rule.reads).label)),
                desk.Cell(figures.grouped(len(its)))
                if its
                else desk.Cell(_("none fits"), tone="warn"),
                desk.Cell(figures.grouped(sum(len(each.readings) for each in its))),
                desk.Cell(
                    ", ".join(
                        f"{decimal_text(total) if total else '0'} {unit}"
                        for unit, total in sorted(sums.items())
                    )
                    or "–"
                ),
            ]
        )
    return desk.Sheet(_("Rule by rule"), columns, rows, desk.Empty(_("No rules"), "", "search"))


def _unread_note(tried: Sequence[TriedSeries]) -> list[desk.Note]:
    """Say how many series of the sample no rule reads; nothing where all are read."""
    unread = sum(1 for each in tried if each.meter is None)
    if not unread:
        return []
    told = ngettext(
        "%(unread)s series of the sample stays unread; it stands below with the reason.",
        "%(unread)s series of the sample stay unread; they stand below with the reason.",
        unread,
    )
    return [desk.Note(told % {"unread": figures.grouped(unread)}, "warning")]


def _told(tried: Sequence[TriedSeries]) -> desk.Sheet:
    columns = [
        desk.Column(_("Series")),
        desk.Column(_("Meter")),
        desk.Column(_("Samples"), "number"),
        desk.Column(_("Readings"), "number"),
        desk.Column(_("Counted"), "number"),
    ]
    empty = desk.Empty(
        _("No series to try it with"),
        _("None came yet. Paste a sample, or publish it as it is."),
        "search",
    )
    unread_first = sorted(tried, key=lambda each: each.meter is not None)
    rows = [_tried_row(each) for each in unread_first[:TRIED_SHOWN]]
    title = _("What would come of it")
    if len(tried) > TRIED_SHOWN:
        title = _("What would come of the first %(count)s series") % {"count": TRIED_SHOWN}
    return desk.Sheet(title, columns, rows, empty)


def _tried_row(tried: TriedSeries) -> list[desk.Cell]:
    series = desk.Cell(tried.metric, note=label_text(tried.labels))
    count = desk.Cell(figures.grouped(tried.samples))
    if tried.meter is None:
        reason = Unmapped(tried.reason).label
        return [series, desk.Cell(reason, tone="warn"), count, desk.Cell("–"), desk.Cell("–")]
    total = sum((each.quantity for each in tried.readings), start=0)
    return [
        series,
        desk.Cell(tried.meter.name, note=str(tried.subject) if tried.subject else _("no order")),
        count,
        desk.Cell(figures.grouped(len(tried.readings))),
        desk.Cell(f"{decimal_text(total) if total else '0'} {tried.meter.unit}"),
    ]


def _changed(changed: Sequence[MappingChange]) -> desk.Sheet:
    columns = [desk.Column(_("Change")), desk.Column(_("Rule"))]
    words = {"-": (_("gone"), "bad"), "+": (_("new"), "ok")}
    rows = [
        [
            desk.Cell(words[each.sign][0], tone=words[each.sign][1]),
            desk.Cell(json.dumps(dict(each.rule), ensure_ascii=False), is_code=True),
        ]
        for each in changed
    ]
    empty = desk.Empty(_("Nothing changes"), _("It says what it said before."), "check")
    return desk.Sheet(_("What changes"), columns, rows, empty)


@page(Role.PROVIDER)
def mapping(request: PortalRequest, mapping_id: UUID) -> HttpResponse:
    """Show a mapping: what it says, and its versions with what changed in each."""
    found = senders_selectors.mapping(mapping_id, provider_id=request.actor.organization_id)
    versions = list(senders_selectors.versions(found.pk)[: VERSIONS_SHOWN + 1])
    latest = versions[0]
    address = f"{reverse('portal:series-mapping-change', args=[found.pk])}?from={latest.version}"
    links = [
        desk.Link(_("Change it"), address, "adjustments-horizontal", "primary"),
        desk.Link(_("End it"), reverse("portal:series-mapping-end", args=[found.pk]), "x"),
    ]
    told = _("Version %(version)s, in force since %(since)s.") % {
        "version": latest.version,
        "since": figures.moment(latest.published_at),
    }
    ended = found.ended_at
    if ended is not None:
        told = _("Ended %(at)s: what it named is not read.") % {"at": figures.moment(ended)}
    head = desk.Head(
        found.name,
        told,
        crumbs=[(_("Senders"), reverse("portal:senders"))],
        links=[] if ended is not None else links,
    )
    rules = _changed(definitions.changes(None, latest.definition))
    said = desk.Sheet(
        _("What it says"), rules.columns[1:], [row[1:] for row in rules.rows], rules.empty
    )
    return desk.show(request, head, [said, _versions(versions)])


def _versions(versions: Sequence[Any]) -> desk.Sheet:
    columns = [
        desk.Column(_("Version"), "number"),
        desk.Column(_("Published")),
        desk.Column(_("By")),
        desk.Column(_("What changed")),
    ]
    rows = []
    for place, version in enumerate(versions[:VERSIONS_SHOWN]):
        before = versions[place + 1].definition if place + 1 < len(versions) else None
        changed = definitions.changes(before, version.definition)
        lines = [
            f"{each.sign} {json.dumps(dict(each.rule), ensure_ascii=False)}" for each in changed
        ]
        rows.append(
            [
                desk.Cell(str(version.version), note=version.content_hash[:12]),
                desk.Cell(figures.moment(version.published_at)),
                desk.Cell(version.published_by.get_full_name() or version.published_by.email),
                desk.Cell("\n".join(lines), is_code=True),
            ]
        )
    return desk.Sheet(_("Versions"), columns, rows, desk.Empty(_("No versions"), ""))


@page(Role.PROVIDER)
@require_http_methods(["GET", "POST"])
@once
def end_mapping(request: PortalRequest, mapping_id: UUID) -> HttpResponse:
    """Ask before a mapping is ended for good."""
    own = request.actor.organization_id
    found = senders_selectors.mapping(mapping_id, provider_id=own)
    back = reverse("portal:series-mapping", args=[found.pk])
    form = OnceForm(request.POST or None)

    def end() -> object:
        return senders_services.end_mapping(provider_id=own, mapping_id=found.pk, now=clock.now())

    if request.method == "POST" and form.is_valid() and desk.is_done(form, end):
        messages.success(request, _("%(name)s is ended.") % {"name": found.name})
        return redirect("portal:senders")
    head = desk.Head(
        _("End the mapping"),
        found.name,
        crumbs=[(_("Senders"), reverse("portal:senders")), (found.name, back)],
    )
    told = _(
        "What it names is counted as unread from this moment on. What was counted stays; the"
        " mapping and its versions can still be read."
    )
    block = desk.FormBlock(form, _("End it"), back, told=told, symbol="x", tone="danger")
    return desk.show(request, head, [block])
