"""Enter a sample provider with one resource into the register, for `bin/federation --nodes 2`."""

import json
import sys
from argparse import ArgumentParser
from typing import Any

from common import clock, commands, tenancy
from common.moments import market_date
from identity import selectors as identity_selectors
from identity import services as identity_services
from identity.contracts import CapacityUnit, ResourceClass, ResourceForm

CREDIT_CODE = "91520100UH8NDBMWC0"


class Command(commands.Command):
    help = "Register a sample resource; what is there already is named again."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *_args: Any, **options: Any) -> None:
        now = clock.now()
        with tenancy.acting_as_platform():
            there = identity_selectors.registered_resources().filter(provider__uscc=CREDIT_CODE)
            resource = there.first()
            if resource is None:
                provider = identity_services.create_organization(
                    uscc=CREDIT_CODE, name="样例算力提供方", on=market_date(now)
                )
                facts = identity_services.ResourceFacts(
                    name="H100 ×8",
                    region="310115",
                    resource_class=ResourceClass.AI,
                    form=ResourceForm.BARE_METAL,
                    specification={"chip": "H100", "cards": 8},
                    capacity_unit=CapacityUnit.CARD,
                    total_milli=8_000,
                )
                resource = identity_services.register_resource(
                    provider_id=provider.pk, facts=facts, registered_at=now
                )
        code = resource.identifier
        found = {"code": code, "prefix": "-".join(code.split("-")[:2])}
        text = json.dumps(found) if options["json"] else f"{code} under {found['prefix']}"
        sys.stdout.write(f"{text}\n")
