"""
How fast the last grants of a programme are decided when 64 applicants want them at once.

Eight threads issue eight approved applications each; the pool holds 1, 10 and 100 grants. A
decision is a voucher or a refusal. Every run is exact, or it is no figure: as many vouchers as
there were grants, the pool empty of them, nobody else issued.
"""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from benchmarks.report import Case
from tests import environment

APPLICANTS = 64
OFFICERS = 8
GRANTS = (1, 10, 100)
RUNS = 2


def cases() -> list[Case]:
    """Return the decisions a second of each race."""
    from tests import databases

    databases.ensure_template()
    databases.clone(environment.DATABASE)
    try:
        return [
            Case(
                "last_grants_race" if grants == GRANTS[-1] else f"last_grants_race_{grants}",
                f"decisions/s, {APPLICANTS} applicants on {grants} grants",
                [_race(grants, f"R{grants}-{run}") for run in range(RUNS)],
            )
            for grants in GRANTS
        ]
    finally:
        databases.drop(environment.DATABASE)


def _race(grants: int, code: str) -> float:
    """Let everybody be issued at the same moment; return the decisions a second."""
    from django.db import connections

    from common import tenancy
    from identity.contracts import Role
    from marketplace.vouchers import services
    from marketplace.vouchers.models import Voucher
    from tests.cast import officer
    from tests.factories.trade import approved
    from tests.orders.cast import NOW, buyer, pool, programme

    with tenancy.acting_as_platform():
        city = programme(str(grants), code=code)
        clerk = officer(city.issuer, Role.ISSUER)
        rows = [approved(_asked(city, buyer())) for _n in range(APPLICANTS)]
    start = threading.Barrier(OFFICERS + 1)

    def act(number: int) -> list[str]:
        try:
            with tenancy.acting_as_platform():
                Voucher.objects.exists()  # The connection is there.
                start.wait(timeout=60)
                done = services.issue_vouchers(
                    application_ids=[each.pk for each in rows[number::OFFICERS]],
                    issuer_id=city.issuer_id,
                    issued_by_id=clerk.pk,
                    now=NOW,
                )
        finally:
            connections.close_all()
        return ["" if each.refusal is None else each.refusal.code for each in done]

    with ThreadPoolExecutor(OFFICERS) as threads:
        found = [threads.submit(act, number) for number in range(OFFICERS)]
        start.wait(timeout=60)
        began = time.perf_counter()
        said = [code for each in found for code in each.result()]
        seconds = time.perf_counter() - began
    issued = min(grants, APPLICANTS)
    assert said.count("") == issued, said
    assert set(said) <= {"", "programme_exhausted"}, said
    assert pool(city) == (grants - issued) * 100
    return APPLICANTS / seconds


def _asked(city: Any, owner: Any) -> Any:
    from identity.contracts import Role
    from marketplace.vouchers import services
    from tests.cast import officer
    from tests.orders.cast import NOW

    return services.apply(
        programme_id=city.pk,
        applicant_id=owner.pk,
        amount_minor=100,
        purpose="",
        applied_by_id=officer(owner, Role.BUYER).pk,
        now=NOW,
    )
