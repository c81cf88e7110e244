"""Publish a layout of compute identifiers from a file, or say from when on one is in use."""

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError

from common import commands, tenancy
from common.errors import Refusal
from identity import services


class Command(commands.Command):
    help = "Publish a profile of compute identifiers; --use: new resources in no pool take it."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, help="its definition, as JSON")
        parser.add_argument("--from", dest="since", required=True, help="from when on")
        parser.add_argument("--use", action="store_true", help="also take it from then on")
        parser.add_argument("--json", action="store_true", help="print one object")

    def handle(self, *_args: Any, **options: Any) -> None:
        try:
            definition = json.loads(options["file"].read_text(encoding="utf-8"))
            since = commands.moment(options["since"], option="--from")
            with tenancy.acting_as_platform():
                made = services.publish_profile(definition=definition, valid_from=since)
                if options["use"]:
                    services.use_profile(version=made.version, from_at=since)
        except Refusal as refusal:
            raise CommandError(f"{refusal.code}: {refusal}") from refusal
        except (OSError, ValueError) as error:
            raise CommandError(commands.describe_error(error)) from error
        told = {"version": made.version, "content_hash": made.content_hash, "used": options["use"]}
        if options["json"]:
            self.stdout.write(json.dumps(told))
            return
        self.stdout.write(f"Profile {made.version} is published: {made.content_hash}.")
