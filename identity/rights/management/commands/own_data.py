"""Write everything that is kept about a person into a file, for whoever cannot sign in."""

import hashlib
import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError

from common import clock, commands
from common.errors import Refusal
from identity.rights import gathering, selectors


class Command(commands.Command):
    help = "Write a zip of everything that is kept about a person."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("person", help="e-mail address, or the number")
        parser.add_argument("file", type=Path, help="which must not be there yet")
        parser.add_argument("--json", action="store_true", help="print one object")

    def handle(self, *_args: Any, **options: Any) -> None:
        try:
            user = selectors.person_to_erase(options["person"])
        except Refusal as refusal:
            raise CommandError(f"{refusal.code}: {refusal}") from refusal
        content = gathering.packed(user, now=clock.now())
        try:
            with options["file"].open("xb") as file:
                file.write(content)
        except OSError as error:
            raise CommandError(str(error)) from error
        digest = hashlib.sha256(content).hexdigest()
        told = {"person": user.pk, "bytes": len(content), "sha256": digest}
        self.stdout.write(json.dumps(told) if options["json"] else f"{options['file']}: {digest}")
