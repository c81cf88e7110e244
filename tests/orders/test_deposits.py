import pytest

from common import tenancy
from common.errors import NotFound
from identity.approvals.contracts import Person
from ledger import selectors as ledger
from marketplace import accounts
from marketplace.payments import services
from marketplace.vouchers.contracts import ReferenceReused
from tests.cast import somebody
from tests.orders import cast
from tests.orders.cast import NOW, buyer, deposit
from tests.vouchers.cast import yuan

pytestmark = pytest.mark.django_db


def test_a_bank_reference_counts_once():
    haichao = buyer()

    first = deposit(haichao, "100.50", "BANK-1")
    again = deposit(haichao, "100.50", "BANK-1")

    assert again.pk == first.pk
    assert cast.cash(haichao) == (yuan("100.50"), yuan("100.50"))
    with tenancy.acting_as_platform():
        assert ledger.balances([accounts.bank()])[accounts.bank()].posted == -yuan("100.50")


def test_a_reference_with_other_content_is_refused():
    haichao = buyer()
    deposit(haichao, "100", "BANK-1")

    with pytest.raises(ReferenceReused):
        deposit(haichao, "101", "BANK-1")
    with pytest.raises(ReferenceReused):
        deposit(buyer(), "100", "BANK-1")

    assert cast.cash(haichao) == (yuan("100"), yuan("100"))


def test_nobody_is_credited_who_is_not_in_the_register():
    haichao = buyer()
    haichao.pk = haichao.id = haichao.pk.__class__(int=0)

    with pytest.raises(NotFound):
        services.record_deposit(
            organization_id=haichao.pk,
            amount_minor=1,
            reference="BANK-2",
            by=Person(somebody().pk, haichao.pk),
            now=NOW,
        )
