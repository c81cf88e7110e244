"""What made the hours of a usage record, or of a charge: rule, table, row and certificate."""

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from common import tenancy
from common.errors import NotFound
from identity.contracts import Role
from marketplace.portal import built_in_sources, desk, figures, names, rule_words
from marketplace.portal.access import PortalRequest, page
from marketplace.settlement import selectors as settlement_selectors
from metering import selectors as metering_selectors


@page(Role.OPERATOR, Role.AUDITOR, Role.PROVIDER)
def usage_record(request: PortalRequest, usage_id: UUID) -> HttpResponse:
    """Show a usage record to its provider, and to those with a duty across the market."""
    found = metering_selectors.usage_record_for(request.actor, usage_id)
    return _shown(request, metering_selectors.usage_whole(found.pk))


@page()
def charge_usage(request: PortalRequest, charge_id: UUID) -> HttpResponse:
    """Show what a charge was measured by, to everybody who may see the charge."""
    charge = settlement_selectors.charges().filter(pk=charge_id).first()
    own = request.actor.organization_id
    is_party = charge is not None and own in {charge.buyer_id, charge.provider_id}
    if charge is None or not (is_party or request.actor.spans_tenants):
        raise NotFound
    if charge.usage_id is None:
        raise NotFound
    with tenancy.acting_as_platform():
        record = metering_selectors.usage_whole(charge.usage_id)
    return _shown(request, record)


def _shown(request: PortalRequest, record: Any) -> HttpResponse:
    unit = record.rule_version.metric.unit
    head = desk.Head(
        _("What was measured"),
        f"{figures.grouped(record.quantity)} {unit} · {figures.moment(record.starts_at)}",
    )
    measured = [
        (_("From"), desk.Cell(figures.moment(record.starts_at))),
        (_("Until"), desk.Cell(figures.moment(record.ends_at))),
        (_("Quantity"), desk.Cell(f"{figures.grouped(record.quantity)} {unit}")),
        (_("Native hours"), desk.Cell(_hours(record.native_hours))),
        (_("Standard hours"), desk.Cell(*_standard(record))),
        (_("Revision"), desk.Cell(str(record.revision))),
        (_("Readings"), desk.Cell(str(record.reading_count))),
        (_("Digest of the readings"), _hash(record.inputs_hash)),
    ]
    blocks = [desk.Facts(_("Measured"), measured)]
    return desk.show(request, head, blocks, [desk.Facts(_("What gave the factor"), _why(record))])


def _why(record: Any) -> list[tuple[str, desk.Cell]]:
    """Return which rule, table, row and certificate gave the factor, or why there is none."""
    rule = record.rule_version
    address = reverse("portal:measurement-rule", args=[rule.rule_id, rule.version])
    pairs = [(_("Measurement rule"), desk.Cell(f"{rule.rule_id} v{rule.version}", address=address))]
    if named := rule.definition.get("conversion"):
        there = reverse("portal:conversion-table", args=[named["name"], named["version"]])
        told = f"{named['name']} v{named['version']}"
        pairs.append((_("Conversion table"), desk.Cell(told, address=there)))
        pairs.append((_("Row"), desk.Cell(record.factor_row or "—")))
    if record.factor is None:
        pairs.append((_("No factor"), desk.Cell(built_in_sources.reason(record.factor_source))))
        return pairs
    pairs.append((_("Factor"), desk.Cell(f"{record.factor:f}")))
    pairs.append((_("Source"), desk.Cell(names.spoken(record.factor_source))))
    pairs.append((_("Certificate"), _certificate(record.certificate)))
    return pairs


def _certificate(found: Any) -> desk.Cell:
    if found is None:
        return desk.Cell(_("none: the published figure counts"))
    told = f"{figures.grouped(found.value)} {found.unit} · {found.get_assessment_display()}"
    until = _("by %(who)s, until %(moment)s") % {
        "who": names.named(found.verifier),
        "moment": figures.moment(found.valid_to),
    }
    return desk.Cell(told, note=until)


def _standard(record: Any) -> tuple[str, str]:
    """Return the hours with the class that they are of; no class is called by another's name."""
    if record.class_hours is not None:
        return _hours(record.class_hours), rule_words.hour_class_name(record.hour_class)
    if record.standard_hours is None:
        return "—", ""
    return _hours(record.standard_hours), rule_words.hour_class_name("training")


def _hours(hours: Any) -> str:
    return "—" if hours is None else figures.grouped(hours)


def _hash(text: str) -> desk.Cell:
    return desk.Cell(text[:16], is_code=True, copied=text)
