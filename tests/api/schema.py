"""The API's schema: as it is committed, and as the code has it."""

from pathlib import Path
from typing import Any, Final

import yaml

from tests import standalone

FILE: Final = Path(__file__).resolve().parents[2] / "docs" / "openapi.yaml"
COMMAND: Final = ".venv/bin/python -m tests.api"


def committed() -> dict[str, Any]:
    """Return what the file says; nothing before there is one."""
    return _read(FILE.read_text(encoding="utf-8")) if FILE.exists() else {}


def current() -> dict[str, Any]:
    """Return the schema of the code, in English, as plain values."""
    standalone.ready()
    from django.utils import translation
    from drf_spectacular.generators import SchemaGenerator
    from drf_spectacular.renderers import OpenApiYamlRenderer

    with translation.override("en"):
        schema = SchemaGenerator().get_schema(request=None, public=True)
        return _read(OpenApiYamlRenderer().render(schema, renderer_context={}))


def written(schema: dict[str, Any]) -> str:
    """Return a schema as the file has it."""
    return yaml.safe_dump(schema, allow_unicode=True, sort_keys=False, width=120)


def _read(text: str | bytes) -> Any:
    """Return plain values, by the parser in C where there is one: the file has 50,000 lines."""
    return yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506 - it is safe
