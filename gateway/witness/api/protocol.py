"""
`add-checkpoint` of C2SP tlog-witness, exactly: its statuses, its bodies, and nobody signs in.

200 the witness's signature line · 400 malformed · 403 no trusted key signed · 404 unknown log ·
409 another size was cosigned last, which the body says · 422 the proof proves nothing.
"""

from typing import Final

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from common import clock
from common.errors import Refusal
from gateway.witness import services
from gateway.witness.contracts import REQUEST_BYTES_MAX, CheckpointTooLarge, WitnessedOther
from identity.http.problems import PROBLEM_TYPE, problem_for

SIZE_TYPE: Final = "text/x.tlog.size"
LINE_TYPE: Final = "text/plain; charset=utf-8"


@csrf_exempt
@require_POST
def add_checkpoint(request: HttpRequest) -> HttpResponse:
    """Cosign a checkpoint, or say why not."""
    try:
        if len(request.body) > REQUEST_BYTES_MAX:
            raise CheckpointTooLarge
        line = services.add_checkpoint(body=request.body, now=clock.now())
    except WitnessedOther as refused:
        return HttpResponse(f"{refused.facts['size']}\n", content_type=SIZE_TYPE, status=409)
    except Refusal as refused:
        return JsonResponse(
            problem_for(refused), content_type=PROBLEM_TYPE, status=type(refused).status
        )
    return HttpResponse(line, content_type=LINE_TYPE)
