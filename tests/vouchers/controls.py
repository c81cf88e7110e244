"""Applications that name contracts, handed in as control looks at them."""

from datetime import date

from common import tenancy
from identity.contracts import Role
from marketplace.vouchers import services
from tests.cast import officer
from tests.orders.cast import NOW
from tests.vouchers.cast import yuan

SELLER_USCC = "91621000MA7B0X5R29"
SIGNED = date(2026, 3, 1)


def drafted(city, owner, *numbers, seller=SELLER_USCC, signed=SIGNED):
    """Return a draft that names contracts."""
    with tenancy.acting_as_platform():
        made = services.draft_application(
            programme_id=city.pk,
            applicant_id=owner.pk,
            amount_minor=yuan("100"),
            purpose="",
            applied_by_id=officer(owner, Role.BUYER).pk,
            now=NOW,
        )
        for number in numbers:
            name(made, number=number, seller_uscc=seller, signed_on=signed)
    return made


def name(application, **facts):
    wanted = {
        "seller_uscc": SELLER_USCC,
        "number": "HT-1",
        "signed_on": SIGNED,
        "amount_minor": yuan("1000"),
    }
    return services.name_contract(
        application_id=application.pk,
        applicant_id=application.applicant_id,
        person_id=application.applied_by_id,
        now=NOW,
        **wanted | facts,
    )


def submit(application):
    return services.submit_application(
        application_id=application.pk,
        applicant_id=application.applicant_id,
        person_id=application.applied_by_id,
        now=NOW,
    )


def asked(city, owner, *numbers, **facts):
    return submit(drafted(city, owner, *numbers, **facts))
