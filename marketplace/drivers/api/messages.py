"""Where drivers say what happened. Whoever speaks is known by the signature alone."""

from uuid import UUID

from django.db import transaction
from django.http import HttpRequest, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from common import clock, doing
from common.errors import Refusal
from marketplace.drivers import services


@csrf_exempt
@transaction.non_atomic_requests
@require_POST
def driver_messages(request: HttpRequest, driver_id: UUID) -> JsonResponse:
    """
    Take a signed message; one that came before is answered as it was then.

    The signature tells who speaks, and no session is asked: the one transaction is the service's.
    """
    try:
        with doing.by(doing.NOBODY):
            heard = services.hear(
                driver_id=driver_id,
                headers={name.lower(): value for name, value in request.headers.items()},
                body=request.body,
                now=clock.now(),
            )
    except Refusal as refusal:
        told = {"code": refusal.code, "detail": str(refusal)}
        return JsonResponse(told, status=refusal.status)
    return JsonResponse({"outcome": str(heard.outcome), "code": heard.code})
