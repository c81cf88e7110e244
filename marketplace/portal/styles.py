"""The style sheet: parts under `static/css/parts/`, one file where files are collected."""

from collections.abc import Iterator
from typing import Any, Final

from django.conf import settings
from django.core.files.base import ContentFile
from whitenoise.storage import CompressedManifestStaticFilesStorage

FOLDER: Final = "css/parts"
SOURCE: Final = f"static/{FOLDER}"
# Beside the parts' folder, so that the addresses of fonts in them stay right.
BUNDLE: Final = "css/bundle/suanpan.css"
# What others rest on comes first; the rest follows by name, so that a new part needs no entry.
FIRST: Final = ("tokens", "ground", "words", "layout")
LAST: Final = ("print",)


def parts() -> list[str]:
    """Return the paths of all parts below `static/`, in the order in which they apply."""
    source = settings.BASE_DIR / SOURCE
    names = {path.stem for path in source.glob("*.css")}
    between = sorted(names - {*FIRST, *LAST})
    ordered = [name for name in (*FIRST, *between, *LAST) if name in names]
    return [f"{FOLDER}/{name}.css" for name in ordered]


def linked() -> list[str]:
    """Return what a page links: each part while one works on them, else the bundle."""
    return [BUNDLE] if settings.STATIC_COLLECTED else parts()


def bundle() -> str:
    """Return the text of all parts, one after the other."""
    source = settings.BASE_DIR / "static"
    return "\n".join((source / path).read_text() for path in parts())


class Storage(CompressedManifestStaticFilesStorage):  # type: ignore[misc]  # it has no types
    """Collected files: the bundle is made, hashed and compressed like the files of the tree."""

    def post_process(
        self, paths: dict[str, Any], dry_run: bool = False, **options: Any
    ) -> Iterator[tuple[str, str, bool]]:
        """Write the bundle, then hash and compress everything."""
        if not dry_run:
            self.delete(BUNDLE)
            self.save(BUNDLE, ContentFile(bundle().encode()))
            paths[BUNDLE] = (self, BUNDLE)
        yield from super().post_process(paths, dry_run=dry_run, **options)
