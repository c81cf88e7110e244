"""What an organisation keeps as files, and what others let it see."""

from django.conf import settings
from django.http import HttpResponseBase
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from common import clock
from identity.contracts import Actor
from identity.files import selectors as files_selectors
from marketplace.portal import figures
from marketplace.portal.access import PortalRequest, page
from marketplace.portal.lists.files import FILES, file_lines
from marketplace.portal.tables import Queried


@page()
@require_http_methods(["GET", "POST"])
def files(request: PortalRequest) -> HttpResponseBase:
    """Show the files that the member may see, the newest first."""
    actor = request.actor
    table = FILES.read(
        request,
        Queried(files_selectors.files_for(actor, now=clock.now())),
        dress=lambda found: file_lines(found, actor),
    )
    return table.answer("portal/files.html", {"kept": _kept(actor)})


def _kept(actor: Actor) -> str:
    """Say how much of its room for files an organisation uses."""
    allowance = files_selectors.allowance_of(actor.organization_id)
    return _("%(files)s of %(files_max)s files, %(used)s of %(most)s.") % {
        "files": figures.grouped(allowance.files if allowance else 0),
        "files_max": figures.grouped(settings.FILES_ORGANIZATION_FILES_MAX),
        "used": filesizeformat(allowance.bytes if allowance else 0),
        "most": filesizeformat(settings.FILES_ORGANIZATION_BYTES_MAX),
    }
