"""What settling promises, the first fee, and who sees what."""

from django.db import migrations

from common.rls import IS_PLATFORM, owned_by, protect
from common.sql_files import bounded, functions, script

OF_PARTIES = owned_by("buyer_id", "provider_id")
OF_THEIR_CONTRACT = (
    f"{IS_PLATFORM} OR EXISTS ("
    "SELECT FROM settlement_contract contract WHERE contract.id = contract_id)"
)


class Migration(migrations.Migration):
    dependencies = [
        ("identity", "0001_initial"),
        ("settlement", "0002_charges_and_records"),
    ]

    operations = bounded(
        [
            script("marketplace.settlement", "constraints.sql", reverse="constraints_gone.sql"),
            *functions("marketplace.settlement", "settlement_never_reopen"),
            script("marketplace.settlement", "triggers.sql", reverse="triggers_gone.sql"),
            protect("settlement_feerule", visible="true", writable=IS_PLATFORM),
            protect("settlement_chargingcursor", visible=IS_PLATFORM),
            protect("settlement_contract", visible=OF_PARTIES, writable=IS_PLATFORM),
            protect("settlement_charge", visible=OF_PARTIES, writable=IS_PLATFORM),
            protect("settlement_traderecord", visible=OF_PARTIES, writable=IS_PLATFORM),
            protect("settlement_contractfunds", visible=OF_THEIR_CONTRACT, writable=IS_PLATFORM),
            protect("settlement_unopenedorder", visible=IS_PLATFORM),
            script("marketplace.settlement", "grants.sql"),
        ]
    )
