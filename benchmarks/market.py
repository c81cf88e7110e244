"""
How fast the market answers at 100,000 listings.

Reads are in milliseconds: the 95th percentile of REPEATS calls.
"""

import os
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from benchmarks.report import Case, emit, report
from tests import environment  # sets the environment before Django reads it

LISTINGS = int(os.environ.get("BENCH_LISTINGS", "100000"))
RUNS = 5
REPEATS = 20
NOW = datetime(2026, 11, 20, 8, 0, tzinfo=UTC)
CHIPS = ("H100", "A100", "H20", "T4", "P100", "V100M16", "G2", "A10", "L40")


def prepare() -> None:
    """Fill a fresh database: some listings made by the services, the others copies that differ."""
    from common import tenancy
    from tests import cast, databases
    from tests.catalog import supply

    databases.ensure_template()
    databases.clone(environment.DATABASE)
    with tenancy.acting_as_platform():
        provider = cast.organization("Bench")
        first = supply.listed(provider, chip="H100", cards=8)
    with databases.admin(environment.DATABASE) as owner:
        owner.execute("ALTER TABLE identity_computeresource DISABLE TRIGGER USER")
        copies = {"listings": LISTINGS, "chips": list(CHIPS), "like": first.pk}
        owner.execute(COPY_RESOURCES, copies)
        owner.execute("ALTER TABLE identity_computeresource ENABLE TRIGGER USER")
        owner.execute(COPY_LISTINGS, copies)
        owner.execute("VACUUM ANALYZE")


COPY_RESOURCES = """
    INSERT INTO identity_computeresource
    SELECT (jsonb_populate_record(r, jsonb_build_object(
        'id', md5('resource' || n)::uuid, 'verification_level', n %% 4,
        'serial', 'B' || lpad(n::text, 7, '0'),
        'identifier', left(r.identifier, -9) || lpad(n::text, 9, '0')))).*
    FROM generate_series(1, %(listings)s) AS n,
         identity_computeresource r JOIN catalog_listing l ON l.resource_id = r.id
    WHERE l.id = %(like)s
"""
COPY_LISTINGS = """
    INSERT INTO catalog_listing (
        id, seq, provider_id, resource_id, plan_version_id, rule_version_id, book_id, title,
        title_en, state, accepts_vouchers, available_from, available_until, total_milli,
        capacity_unit, standard_factor, headline_unit, headline_price, price_per_standard_hour,
        price_per_unit_hour, resource_class, form, region, hub, chip, pue, verification_level,
        search_text, search_grams, opened_at, closed_at)
    SELECT md5('listing' || n)::uuid, nextval('catalog_listing_seq'), provider_id,
        md5('resource' || n)::uuid, plan_version_id, rule_version_id, book_id, title || n, title_en,
        state, n %% 5 > 0, available_from, available_until, total_milli, capacity_unit,
        standard_factor, headline_unit, headline_price, 1.5 + (n * 7919 %% 4500) / 1000.0,
        price_per_unit_hour, (ARRAY['GENERAL', 'AI', 'AI', 'HPC'])[1 + n %% 4],
        (ARRAY['BARE_METAL', 'VM', 'CONTAINER', 'API'])[1 + n / 4 %% 4], region,
        (ARRAY['ZJK', 'YDA', 'WHU', 'SGN', 'TFU', 'CKG', 'HLG', 'GAN', 'QYG', 'ZHW'])[1 + n %% 10],
        (%(chips)s::text[])[1 + n %% 9], (ARRAY[1.12, 1.2, 1.35, NULL])[1 + n / 16 %% 4], n %% 4,
        search_text || ' ' || n,
        search_grams || ARRAY(SELECT substr(n::text, at, 2)
                              FROM generate_series(1, length(n::text) - 1) AS at),
        opened_at, closed_at
    FROM generate_series(1, %(listings)s) AS n, catalog_listing WHERE id = %(like)s
"""


def reads() -> dict[str, Callable[[], object]]:
    """Return what is read, by case."""
    from marketplace.catalog import selectors
    from marketplace.catalog.contracts import MarketFilter

    narrow = MarketFilter(
        resource_classes=("AI",),
        hubs=("QYG", "GAN"),
        price_min=Decimal(2),
        price_max=Decimal(5),
        pue_max=Decimal("1.2"),
    )
    number = MarketFilter(text="54321")
    return {
        "market_page": lambda: selectors.market_page(MarketFilter(), at=NOW),
        "market_page_filtered": lambda: selectors.market_page(narrow, at=NOW),
        "market_page_text": lambda: selectors.market_page(number, at=NOW),
        "market_facets": lambda: selectors.facets(MarketFilter(), at=NOW),
        "market_facets_filtered": lambda: selectors.facets(narrow, at=NOW),
        "market_figures": lambda: selectors.figures(at=NOW),
    }


def p95(read: Callable[[], object]) -> float:
    """Return the 95th percentile of one run, in milliseconds."""
    taken = []
    for _ in range(REPEATS):
        started = time.perf_counter()
        read()
        taken.append((time.perf_counter() - started) * 1000)
    return sorted(taken)[REPEATS * 95 // 100 - 1]


def run() -> dict[str, Any]:
    """Return the benchmark's result."""
    prepare()
    cases = []
    for name, read in reads().items():
        read()
        cases.append(Case(f"{name}_{LISTINGS}", "ms (p95)", [p95(read) for _ in range(RUNS)]))
    return report("market", cases)


def main() -> None:
    """Print the benchmark's object."""
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    try:
        emit(run())
    finally:
        from django.db import connections

        from tests import databases

        connections.close_all()
        databases.drop(environment.DATABASE)
        environment.pytest_unconfigure()


if __name__ == "__main__":
    sys.exit(main())
