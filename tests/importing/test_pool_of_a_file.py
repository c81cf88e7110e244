"""New resources of a file get codes of a pool, if one is named, and lie within its limits."""

import pytest

from common import tenancy
from identity import services as identity
from identity.models import ComputeResource
from marketplace.importing import capacity
from marketplace.importing.capacity import uploads
from tests import cast

FILE = (
    "name,region,class,form,unit,quantity,chip,serial\n"
    "A,640500,AI,BARE_METAL,card,8,H100,7\n"
    "B,310115,AI,BARE_METAL,card,8,H100,8\n"
)


def entered(owner, pool):
    upload = uploads.read(FILE.encode(), media_type="text/csv")
    with tenancy.acting_as(owner.pk):
        return capacity.import_capacity(
            provider_id=owner.pk,
            rows=upload.file.rows,
            prices=None,
            available_from=cast.NOW,
            now=cast.NOW,
            pool=pool,
        )


def test_rows_of_a_file_are_registered_in_a_pool_and_known_again(db):
    acme = cast.organization()
    made = identity.allot_pool(
        organization_id=acme.pk,
        name="A",
        resources_max=9,
        now=cast.NOW,
        limits={"regions": ["64"]},
    )

    first, again = entered(acme, made.prefix), entered(acme, made.prefix)

    (code,) = ComputeResource.objects.values_list("identifier", flat=True)
    assert code.startswith(f"{made.prefix}-A-B-00000007-")
    assert [each.code for each in first.refused] == ["limits_exceeded"]
    assert (first.resources, again.resources, again.known) == (1, 0, 1)
    with pytest.raises(identity.PoolUnknown):
        entered(cast.organization(), made.prefix)
