"""The passport of a compute resource: what stands behind its code, each line with its source."""

from datetime import datetime
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlencode

from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from common import clock, moments, tenancy
from common.canonical import canonical_json
from common.errors import NotFound
from common.moments import parse_moment
from gateway import answering
from gateway import selectors as gateway_selectors
from gateway.peering import selectors as peering_selectors
from gateway.rules.renames import RenamesFollowed
from identity import codes
from identity import selectors as identity_selectors
from identity.contracts import RenameKind, ResourceClass, ResourceForm, ResourceStatus
from identity.identifiers import industries
from identity.identifiers.refusals import InvalidIdentifier
from identity.uscc import masked
from marketplace.assurance import score_selectors as assurance_scores
from marketplace.portal import figures, level_words, names, score_words, standing, state_sheet
from marketplace.portal.lists.metering import capacity
from marketplace.portal.price_history import price_steps
from marketplace.portal.qr import passport_address, qr_picture
from marketplace.portal.views.scores import SCRIPT as SCORE_SCRIPT
from metering.energy import selectors as energy_selectors
from metering.verifying import selectors as verifying_selectors

STEPS_MAX: Final = 20
CODE_SHOWN_MAX: Final = 96
Line = tuple[Any, Any, Any]


def passport(request: HttpRequest, code: str) -> HttpResponse:
    """Show a resource by its code; a code with a slip is told what is wrong with it."""
    try:
        read = identity_selectors.read_identifier(code)
        found = identity_selectors.resolve_identifier(code)
    except InvalidIdentifier as refusal:
        return _missing(request, code, str(refusal))
    except NotFound:
        return _elsewhere(request, code)
    trail = gateway_selectors.follow_renames(found.identifier)
    address = passport_address(code)
    query = {"code": code, "proof": 1}
    status, because = standing.counted_standing(found)
    context = {
        "resource": found,
        "name": names.named(found),
        "code": code,
        "status": status.label,
        "is_active": status == ResourceStatus.ACTIVE,
        "because": because,
        "formerly": codes.former_codes(found.identifier),
        "said": _said(found, read.profile, code),
        "now": _now(found, clock.now()),
        "proven": _proven(found),
        "prices": price_steps(found.pk, now=clock.now()),
        "quality": _quality(found),
        "quality_file": reverse("portal:passport-quality", args=[found.identifier]),
        "steps": [
            (figures.moment(it.effective_at), ResourceStatus(it.status_after).label, it.reason)
            for it in identity_selectors.steps_of(found.pk)[:STEPS_MAX]
        ],
        **_trail(trail),
        "address": address,
        "picture": qr_picture(address),
        "file": f"/api/gateway/v1/resolve?{urlencode(query)}",
    }
    return render(request, "public/passport.html", context)


@require_safe
def look_up(request: HttpRequest) -> HttpResponse:
    """Go to the passport of a code that was typed; what is written wrong is told there."""
    code = request.GET.get("code", "").strip()
    if not code:
        return redirect("portal:code-search")
    return redirect("portal:passport", code=code[:CODE_SHOWN_MAX])


@require_safe
def verifier(request: HttpRequest) -> FileResponse:  # noqa: ARG001 - Django's signature
    """Hand out the script that checks a passport file without the market."""
    path = Path(answering.__file__).with_name("verify_answer.py")
    return FileResponse(path.open("rb"), as_attachment=True, content_type="text/x-python")


def _elsewhere(request: HttpRequest, code: str) -> HttpResponse:
    """Tell of a code of another node what is known of it here, and where its passport is."""
    known = answering.known([code]).get(code)
    if known is None:
        told = _("The code is written correctly, and nothing is registered under it.")
        return _missing(request, code, told)
    now = clock.now()
    row = answering.row_of(known, now=now)
    host = peering_selectors.hosts().get(known.authority)
    context = {
        "code": code,
        "authority": known.authority,
        "status": ResourceStatus(known.status).label,
        "is_active": known.is_active,
        "heard": figures.moment(known.heard_at),
        "is_live": row["freshness"] == "live",
        "there": f"{host.url}{reverse('portal:passport', args=[code])}" if host else "",
        "file": f"/api/gateway/v1/resolve?{urlencode({'code': code, 'proof': 1})}",
        **_trail(gateway_selectors.follow_renames(known.registered_code)),
    }
    return render(request, "public/passport_elsewhere.html", context)


def _trail(trail: RenamesFollowed) -> dict[str, Any]:
    """Return what a code gave way to, and where that leads today."""
    return {
        "renames": [
            {
                "when": figures.moment(parse_moment(it.at)),
                "from_code": it.from_code,
                "to_codes": it.to,
                "kind": RenameKind(it.kind).label,
                "reason": it.reason,
                "digest": (it.digest or "").removeprefix("sha256:"),
            }
            for it in trail.steps
        ],
        "ends": trail.ends,
        "is_cut": trail.outcome != "followed",
    }


def _missing(request: HttpRequest, code: str, told: str) -> HttpResponse:
    context = {"code": code[:CODE_SHOWN_MAX], "told": told}
    return render(request, "public/passport_missing.html", context, status=404)


def _other_codes(found: Any, code: str) -> list[str]:
    known = [found.identifier, *(each.code for each in codes.aliases_of(found.pk))]
    return [each for each in known if each != code]


def _said(found: Any, profile: str, code: str) -> list[Line]:
    register = _("register")
    return [
        (_("Owner"), _owner(found), register),
        *(
            [(_("Also known as"), " · ".join(aliases), register)]
            if (aliases := _other_codes(found, code))
            else []
        ),
        (_("Layout of the code"), _("profile %(version)s") % {"version": profile}, _("code")),
        (_("Class"), ResourceClass(found.resource_class).label, _("code")),
        (_("Handed over as"), ResourceForm(found.form).label, _("code")),
        (_("Industry"), _industry(found.industry, found.registered_at), register),
        (_("Place"), names.place(found.region), register),
        (_("Specification"), " · ".join(names.specification(found.specification)), register),
        (_("Serial"), found.serial, _("code")),
        (_("Registered"), figures.moment(found.registered_at), register),
    ]


def _owner(found: Any) -> str:
    """Return the owner's name; with its masked credit code where the compute code has none."""
    uscc = found.provider.uscc
    name = names.named(found.provider)
    return name if uscc in found.identifier else f"{name} · {masked(uscc)}"


def _industry(code: str, registered_at: datetime) -> str:
    """Return an industry with the name that its division had when it was registered."""
    division = industries.division_of(code, moments.market_date(registered_at))
    return f"{code} {names.named(division)}" if division else code


def _now(found: Any, now: datetime) -> list[Line]:
    return [
        (_("Total"), capacity(found), _("register")),
        *state_sheet.told_lines(found, now=now),
        *_pues(found, now),
        (_("Grid"), names.place(found.grid_region) if found.grid_region else "—", _("register")),
    ]


def passport_quality(request: HttpRequest, code: str) -> HttpResponse:  # noqa: ARG001 - everybody's
    """Give the quality of a resource by month with all inputs, as its script checks it."""
    try:
        found = identity_selectors.resolve_identifier(code)
    except (InvalidIdentifier, NotFound) as refusal:
        raise Http404 from refusal
    body = canonical_json(assurance_scores.quality_export(found.pk))
    answer = HttpResponse(body, content_type="application/json; charset=utf-8")
    answer["Content-Disposition"] = 'attachment; filename="quality.json"'
    return answer


def quality_script(request: HttpRequest) -> HttpResponse:  # noqa: ARG001 - everybody's
    """Give the script that makes scores anew."""
    text = SCORE_SCRIPT.read_text(encoding="utf-8")
    answer = HttpResponse(text, content_type="text/x-python; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{SCORE_SCRIPT.name}"'
    return answer


def _quality(found: Any) -> list[Line]:
    """Return both scores and the availability by month, each with its proof."""
    months = assurance_scores.quality_months(found.pk)
    if not months:
        return [(_("Quality of service"), _("no record yet"), "—")]
    last = months[0]
    proof = _("%(rule)s, inputs sha256:%(hash)s")
    said = {"rule": last.rule, "hash": last.content_hash[:16]}
    lines: list[Line] = [
        (_("Credibility"), score_words.score_text(last.credibility), proof % said),
        (_("Stability"), score_words.score_text(last.stability), proof % said),
    ]
    for each in months:
        said = {"rule": each.rule, "hash": each.content_hash[:16]}
        ppm = None if each.stability is None else each.availability_ppm
        lines.append(
            (
                _("Available, %(month)s") % {"month": f"{each.day:%Y-%m}"},
                _("no record yet")
                if ppm is None
                else _("%(share)s of the 30 days until %(day)s")
                % {"share": level_words.percent(ppm), "day": f"{each.day:%Y-%m-%d}"},
                proof % said,
            )
        )
    return lines


def _pues(found: Any, now: datetime) -> list[Line]:
    """Return what is measured of the site's PUE, then what its owner states."""
    with tenancy.acting_as_platform():
        on = moments.market_date(now)
        measured = energy_selectors.latest_pues([found.pk], on=on).get(found.pk)
    stated = _("not stated") if found.pue is None else f"{found.pue}"
    line: Line = (_("PUE of the site"), stated, _("the owner's word"))
    if measured is None:
        return [line]
    when = _("entered with evidence for %(month)s") % {"month": f"{measured.month:%Y-%m}"}
    if found.pue is not None:
        when = _("%(when)s; the owner states %(stated)s") % {"when": when, "stated": stated}
    return [(_("PUE of the site"), f"{measured.value}", when)]


def _proven(found: Any) -> list[Line]:
    level = verifying_selectors.level_of(found.pk, clock.now()) or found.verification_level
    lines: list[Line] = [(_("Verified level"), f"L{level}", _("certificates in force"))]
    for each in verifying_selectors.certificates_of_resource(found.pk)[:3]:
        when = figures.moment(each.measured_at)
        lines.append((_("Certificate"), f"L{each.level} · {each.benchmark} · {when}", each.pk))
    return lines
