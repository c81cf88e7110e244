"""Scenes of orders on the command line."""

import json
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser

from common import commands
from common.errors import Refusal
from marketplace.drivers import scene_rules, scene_selectors


class Command(commands.Command):
    """Show the scenes that are published, or check a file of drafts."""

    help = "Show the scenes of orders; --check [FILE] checks drafts, by default those of a release."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--check", nargs="?", const=str(scene_selectors.DRAFTS), metavar="FILE")
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, **options: Any) -> None:
        if options["check"]:
            found = self._checked(Path(options["check"]))
        else:
            found = [
                {"code": row.code, "version": row.version, "content": row.content}
                for row in scene_selectors.scenes()
            ]
        if options["json"]:
            self.stdout.write(json.dumps({"scenes": found}, ensure_ascii=False))
            return
        for each in found:
            title = each["content"]["title"]["en"]
            self.stdout.write(f"{each['code']:20} v{each.get('version', '-')} {title}")

    def _checked(self, file: Path) -> list[dict[str, Any]]:
        try:
            drafts = json.loads(file.read_text(encoding="utf-8"))
            for each in drafts:
                scene_rules.check_scene(each["code"], each["content"])
        except (OSError, ValueError, KeyError, TypeError, Refusal) as error:
            raise CommandError(commands.describe_error(error), returncode=2) from error
        return list(drafts)
