"""
Store the answers of versions that have none yet: `python -m tests.rulebooks`.

What is stored is never written again; a version whose answers change is another version.
"""

import json
import os
import sys
from random import Random

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()

from tests.rulebooks import books, inputs  # noqa: E402 - after Django is set up


def main() -> None:
    for book in books.BOOKS:
        for version in book.versions:
            path = books.GOLDEN / f"{version}.jsonl"
            if path.exists():
                continue
            make = inputs.MAKERS.get(version) or inputs.MAKERS[book.kind]
            lines = [
                {"input": given, "output": books.decided(book, version, given)}
                for given in make(Random(version))  # noqa: S311 - samples, no secrets
            ]
            text = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)
            path.write_text(text, encoding="utf-8")
            sys.stdout.write(f"{path.name}: {len(lines)} answers\n")


if __name__ == "__main__":
    main()
