"""A suspended organisation is told nothing; what waited goes once the suspension is lifted."""

from common import clock
from tests import cast
from tests.identity import standing
from tests.webhooks.cast import endpoint, happens, receiver, tell


def test_what_waits_for_a_suspended_organisation_goes_after_its_end(fresh_database):
    owner = cast.organization("Late")
    first, second = standing.operators()
    with receiver() as told:
        endpoint(owner, told.url, "identity.member.invited")
        happens(owner)
        standing.suspend(owner, by=first, second=second, at=clock.now())
        tell()
        meanwhile = list(told.got)
        standing.reinstate(owner, by=first, second=second, at=clock.now())
        tell()

    assert (meanwhile, len(told.got)) == ([], 1)
