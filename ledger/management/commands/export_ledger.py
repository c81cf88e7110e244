from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError

from common import commands
from common.errors import Refusal
from ledger import packs


class Command(commands.Command):
    help = "Write a ledger pack that verify_ledger.py (inside it) checks offline."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("pack", type=Path, help="the ZIP file to write")

    def handle(self, **options: Any) -> None:
        try:
            summary = packs.export(options["pack"])
        except Refusal as refusal:
            raise CommandError(refusal.code) from refusal
        self.stdout.write(
            f"{options['pack']}: {summary.size} sealed entries, {summary.unsealed} not yet sealed,"
            f" {summary.accounts} accounts"
        )
