"""Where the gateway tells what happened. Whoever calls is known by the signature alone."""

from typing import Final

from django.http import HttpRequest, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from common import clock
from marketplace.payments import services
from marketplace.payments.channels import EventRefused
from marketplace.payments.contracts import EVENT_BYTES_MAX

SIGNATURE: Final = "Stripe-Signature"


@csrf_exempt
@require_POST
def gateway_events(request: HttpRequest) -> JsonResponse:
    """Take a signed event; what came before is answered as what is new."""
    if len(request.body) > EVENT_BYTES_MAX:
        return JsonResponse({"code": "event_too_large"}, status=413)
    try:
        outcome = services.hear_event(
            body=request.body, signature=request.headers.get(SIGNATURE, ""), now=clock.now()
        )
    except EventRefused as refused:
        return JsonResponse({"code": f"event_{refused.problem}_refused"}, status=400)
    return JsonResponse({"outcome": str(outcome)})
