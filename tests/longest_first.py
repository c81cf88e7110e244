"""
The files that take longest, begun first: whoever comes to one of them last keeps all waiting.

A process takes a whole file at a time (`--dist=loadfile`), in the order of this list and then of
the folders. A file belongs here when it takes more than ten seconds of an idle processor.
"""

from typing import Final

FILES: Final = (
    "tests/portal/test_every_page_for_everyone.py",
    "tests/flow/test_no_page_makes_a_500.py",
    "tests/flow/test_every_list_is_walked.py",
    "tests/flow/test_the_main_job.py",
    "tests/identity/test_every_route.py",
    "tests/events/test_no_event_is_missed.py",
    "tests/webhooks/test_deliveries_are_told.py",
    "tests/platform/test_worker_pool_heals.py",
    "tests/audit/test_documents_are_sealed.py",
    "tests/orders/test_64_threads_race_for_a_voucher_and_for_stock.py",
    "tests/flow/test_no_hostile_request_makes_a_500.py",
    "tests/portal/test_lists.py",
    "tests/flow/test_no_request_makes_a_500.py",
    "tests/ledger/test_replays.py",
    "tests/audit/test_exports_are_built.py",
    "tests/importing/test_files_of_clusters.py",
    "tests/portal/test_a_buyer_orders.py",
    "tests/portal/test_the_public_site.py",
    "tests/outbound/test_no_request_reaches_inside.py",
    "tests/demo/test_the_market_trickles.py",
    "tests/webhooks/test_killed_workers_lose_nothing.py",
    "tests/portal/test_rule_changes_page.py",
    "tests/payments/test_the_gateway_is_asked_once.py",
)
RANK: Final = {name: number for number, name in enumerate(FILES)}


def rank(nodeid: str) -> int:
    """Return the place of a test's file in the run; files of no place keep their order."""
    return RANK.get(nodeid.partition("::")[0], len(FILES))
