"""Components drawn from a line of markup, as a page would."""

from typing import Any

from django.template import Context, Template
from django_cotton.compiler_regex import CottonCompiler


def drawn(markup: str, **context: Any) -> str:
    """Return what a line of markup becomes."""
    return Template(CottonCompiler().process(markup)).render(Context(context))
