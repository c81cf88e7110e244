"""What a scene may say; pure."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from django.utils.translation import gettext as _

from common.errors import Refusal
from identity.contracts import ResourceClass, ResourceForm
from marketplace.drivers import job_rules, registry
from marketplace.drivers.job_contracts import JobWish
from marketplace.drivers.scene_contracts import (
    CODE_LENGTH_MAX,
    SENTENCE_LENGTH_MAX,
    TITLE_LENGTH_MAX,
    SceneInvalid,
)
from marketplace.orders.contracts import SECONDS_MAX, UNITS_MILLI_MAX

CODE: Final = re.compile(r"[a-z][a-z0-9-]*", re.ASCII)
# What the form may ask for beside how much and when; the rest stays as the scene says.
ASKABLE: Final = (
    *("command", "image", "data_reference", "result_reference"),
    *("environment", "sealed_names", "wall"),
)
MEMBERS: Final = frozenset(
    {"title", "sentence", "classes", "forms", "driver_kinds", "asks", "defaults"}
)
LANGUAGES: Final = frozenset({"zh", "en"})


def check_scene(code: str, content: Mapping[str, Any]) -> None:
    """
    Check what is to be published under a code.

    :raises SceneInvalid: naming the member
    """
    for field, problem in _problems(code, content):
        raise SceneInvalid(field=field, problem=problem)


def _problems(code: str, content: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    if not CODE.fullmatch(code) or len(code) > CODE_LENGTH_MAX:
        yield "code", _("a code has small letters, digits and hyphens")
    if set(content) != MEMBERS:
        yield "content", _("it has other members than a scene")
        return
    for name, most in (("title", TITLE_LENGTH_MAX), ("sentence", SENTENCE_LENGTH_MAX)):
        said = content[name]
        if (
            not isinstance(said, Mapping)
            or set(said) != LANGUAGES
            or not all(_is_text(each) and len(each) <= most for each in said.values())
        ):
            yield name, _("it is said in both languages, and not at length")
    for name, known in (
        ("classes", ResourceClass.values),
        ("forms", ResourceForm.values),
        ("driver_kinds", list(registry.KINDS)),
        ("asks", list(ASKABLE)),
    ):
        named = content[name]
        if not _are_texts(named) or len(set(named)) < len(named) or not set(named) <= set(known):
            yield name, _("it names what nobody knows, or something twice")
    yield from _problems_of_defaults(content["defaults"])


def _problems_of_defaults(defaults: Any) -> Iterator[tuple[str, str]]:
    if not isinstance(defaults, Mapping) or set(defaults) != {"units_milli", "seconds", "job"}:
        yield "defaults", _("they say how much, how long, and the job or none")
        return
    for name, most in (("units_milli", UNITS_MILLI_MAX), ("seconds", SECONDS_MAX)):
        value = defaults[name]
        if not isinstance(value, int) or isinstance(value, bool) or not 1 <= value <= most:
            yield name, _("it lies within the limits of an order")
            return
    if defaults["job"] is None:
        return
    try:
        job = job_of_content(defaults["job"])
        job_rules.check_job(job, seconds=defaults["seconds"])
    except KeyError:
        yield "defaults", _("the job has other members than one")
    except Refusal as refusal:
        yield "defaults", str(refusal)


def job_of_content(content: Any) -> JobWish:
    """
    Return the job that a scene or a template proposes.

    :raises KeyError: if it has another shape
    """
    if not isinstance(content, Mapping) or set(content) != set(job_rules.KEPT):
        raise KeyError
    named, wall = content["environment"], content["wall_seconds"]
    is_one = (
        _are_texts(content["command"])
        and _are_texts(content["sealed_names"])
        and isinstance(named, Mapping)
        and _are_texts([*named.values()])
        and all(isinstance(content[each], str) for each in job_rules.REFERENCES)
        and isinstance(wall, int)
        and not isinstance(wall, bool)
    )
    if not is_one:
        raise KeyError
    return job_rules.job_from(content)


def _are_texts(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(each, str) for each in value)


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and bool(value.strip()) and value.isprintable()


def does_fit(
    content: Mapping[str, Any], *, resource_class: str, form: str, driver_kind: str
) -> bool:
    """Return whether a listing serves a scene; what the scene leaves empty does not matter."""
    return all(
        not content[name] or value in content[name]
        for name, value in (
            ("classes", resource_class),
            ("forms", form),
            ("driver_kinds", driver_kind),
        )
    )
