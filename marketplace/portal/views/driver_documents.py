"""What a provider needs to write a driver: the check, and the interface as OpenAPI."""

from pathlib import Path
from typing import Final

from django.http import HttpRequest, HttpResponse, JsonResponse

from marketplace import drivers as drivers_room
from marketplace.drivers import interface as drivers_interface
from marketplace.portal.access import PortalRequest, page

CHECK: Final = Path(drivers_room.__file__).with_name("check_driver.py")


@page()
def checking(request: PortalRequest) -> HttpResponse:  # noqa: ARG001 - Django's form
    """Give the program with which a provider checks its own driver."""
    answer = HttpResponse(
        CHECK.read_text(encoding="utf-8"), content_type="text/x-python; charset=utf-8"
    )
    answer["Content-Disposition"] = f'attachment; filename="{CHECK.name}"'
    return answer


def driver_schema(request: HttpRequest) -> JsonResponse:  # noqa: ARG001 - Django's form
    """Give the interface of drivers as OpenAPI."""
    return JsonResponse(drivers_interface.openapi())
