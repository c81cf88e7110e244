"""Is it alive, is it ready: for load balancers, containers and the one-machine supervisor."""

from django.db import DatabaseError, connection, transaction
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from config.pulse import report


def _database_answers() -> bool:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
            return bool(cursor.fetchone() == (1,))
    except DatabaseError:
        return False


@never_cache
@require_safe
@transaction.non_atomic_requests
def healthz(request: HttpRequest) -> JsonResponse:  # noqa: ARG001 - Django's signature
    """Tell whether this process serves and reaches its database."""
    healthy = _database_answers()
    content = {"web": "ok", "database": "ok" if healthy else "unreachable"}
    return JsonResponse(content, status=200 if healthy else 503)


@never_cache
@require_safe
@transaction.non_atomic_requests
def readyz(request: HttpRequest) -> JsonResponse:  # noqa: ARG001 - Django's signature
    """
    Tell whether this process may be sent requests, and how the services behind it are.

    The answer is 200 while requests can be answered: a lost doorbell or a silent worker is told
    ("degraded"), but taking the web away would mend neither.
    """
    try:
        missing = _missing_migrations()
        parts = [] if missing else report.parts("web")
    except DatabaseError:
        content = {"status": report.UNAVAILABLE, "database": "unreachable"}
        return JsonResponse(content, status=503)
    if missing:
        told = {"database": "ok", "missing_migrations": missing}
        return JsonResponse({"status": report.UNAVAILABLE} | told, status=503)
    status = report.overall(parts)
    content = {"status": status, "web": "ok", "database": "ok"}
    return JsonResponse(
        content | {"parts": {part.name: part.as_dict() for part in parts}},
        status=503 if status == report.UNAVAILABLE else 200,
    )


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
