"""Is it alive, is it ready: for load balancers, containers and the one-machine supervisor."""

from typing import Any

from django.db import DatabaseError, connection, transaction
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from config.pulse import report
from config.watch import access, tallying


@never_cache
@require_safe
@transaction.non_atomic_requests
def livez(request: HttpRequest) -> JsonResponse:  # noqa: ARG001 - Django's signature
    """
    Tell that this process serves; nothing else is asked.

    Whoever ends processes by this answer must not end them because the database is away: they go on
    by themselves once it is back.
    """
    return JsonResponse({"web": "ok"})


@never_cache
@require_safe
@transaction.non_atomic_requests
def readyz(request: HttpRequest) -> JsonResponse:
    """
    Tell whether this process may be sent requests, and how the services behind it are.

    The answer is 200 while requests can be answered: a lost doorbell or a silent worker is told
    ("degraded"), but taking the web away would mend neither. Strangers learn the words; figures and
    names are for those who may see metrics.
    """
    is_known = access.may_watch(request)
    try:
        missing = _missing_migrations()
        parts = [] if missing else [*report.parts("web"), tallying.part()]
    except DatabaseError:
        content: dict[str, Any] = {"status": report.UNAVAILABLE, "database": "unreachable"}
        return JsonResponse(content, status=503)
    if missing:
        content = {"status": report.UNAVAILABLE, "database": "behind"}
        told = {"missing_migrations": missing} if is_known else {}
        return JsonResponse(content | told, status=503)
    status = report.overall(parts)
    content = {"status": status, "web": "ok", "database": "ok"}
    content["parts"] = {
        part.name: part.as_dict() if is_known else {"status": part.status} for part in parts
    }
    return JsonResponse(content, status=503 if status == report.UNAVAILABLE else 200)


_tables_seen = False


def _missing_migrations() -> list[str]:
    """Return the migrations that wait; once none did, none will in this process's life."""
    global _tables_seen  # noqa: PLW0603 - a fact about the process
    if _tables_seen:
        return []
    executor = MigrationExecutor(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    _tables_seen = not plan
    return [f"{migration.app_label}.{migration.name}" for migration, _ in plan]
