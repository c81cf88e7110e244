"""How orders and jobs of an organisation read to its second person."""

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from django.utils.translation import gettext as _

from common.moments import parse_moment
from identity.contracts import ResourceClass
from identity.projects import selectors as projects_selectors
from marketplace.catalog import selectors as catalog_selectors
from marketplace.drivers import scene_selectors as drivers_scenes
from marketplace.portal import driver_words, figures, names
from marketplace.portal.proposal_lines import Content, ProposalLine


def proposed_order(content: Content, _at: datetime) -> list[ProposalLine]:
    """Return what a second person of the buyer reads of an order."""
    wish, amount = content["wish"], content["amount_minor"]
    listing = wish["listing_id"] and catalog_selectors.listing(UUID(wish["listing_id"]))
    projects = wish["project_id"] and projects_selectors.by_ids([UUID(wish["project_id"])])
    period = wish["period"]
    starts, ends = parse_moment(period["starts_at"]), parse_moment(period["ends_at"])
    return [
        ProposalLine(
            _("What"),
            names.named(listing, "title") if listing else _required(wish["requirement"]),
        ),
        ProposalLine(_("Quantity"), figures.grouped(Decimal(wish["units_milli"]) / 1000)),
        ProposalLine(_("Period"), figures.span(starts, ends)),
        ProposalLine(_("Project"), next(iter(projects.values())).name if projects else "—"),
        ProposalLine(_("Amount"), figures.money(amount) if amount else _("known when it clears")),
        ProposalLine(_("Waits from"), figures.money(content["from_minor"])),
    ]


def _required(said: Content) -> str:
    """Return what an order asks for that names no listing: class, place, and chips if any."""
    kind = str(ResourceClass(said["resource_class"]).label)
    return " · ".join([kind, names.hub(said["hub"]), *filter(None, ["/".join(said["chips"])])])


def proposed_scene(content: Content, _at: datetime) -> list[ProposalLine]:
    """Return what a second operator reads of a scene, beside the version before it."""
    former = drivers_scenes.newest_scene(content["code"])
    before = scene_texts(former.content) if former else {}
    lines = [ProposalLine(_("Code"), content["code"])]
    for label, text in scene_texts(content["scene"]).items():
        lines.append(ProposalLine(label, text, now=before.get(label, "")))
    return [*lines, ProposalLine(_("Hash"), content["hash"])]


def scene_texts(scene: Content) -> dict[str, str]:
    """Return all that a scene says, by label."""
    defaults = scene["defaults"]
    job = defaults["job"]
    return {
        _("Title"): " · ".join(scene["title"][each] for each in ("zh", "en")),
        _("Sentence"): " · ".join(scene["sentence"][each] for each in ("zh", "en")),
        _("Class"): ", ".join(scene["classes"]) or _("any"),
        _("Form"): ", ".join(scene["forms"]) or _("any"),
        _("Drivers"): ", ".join(scene["driver_kinds"]) or _("any"),
        _("Asked for"): ", ".join(scene["asks"]) or "–",
        _("Quantity"): figures.grouped(Decimal(defaults["units_milli"]) / 1000),
        _("For"): figures.duration(defaults["seconds"]),
        **(driver_words.job_texts(job) if job else {_("Command"): _("no job")}),
    }


def proposed_job(content: Content, at: datetime) -> list[ProposalLine]:
    """Return what a second person of the buyer reads of an order and the job that it runs."""
    return [*proposed_order(content, at), *driver_words.job_proposed(content)]
