"""The form of a scene: for whom it is, what it asks for, and what an order by it begins with."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from common.errors import Refusal
from identity.contracts import ResourceClass, ResourceForm
from marketplace.catalog.least import units as least_units
from marketplace.drivers import job_rules as drivers_job_rules
from marketplace.drivers import registry as drivers_registry
from marketplace.drivers.job_contracts import JobWish
from marketplace.drivers.scene_contracts import (
    CODE_LENGTH_MAX,
    SENTENCE_LENGTH_MAX,
    TITLE_LENGTH_MAX,
)
from marketplace.drivers.scene_rules import ASKABLE
from marketplace.orders.contracts import SECONDS_MAX, UNITS_MILLI_MAX
from marketplace.portal import desk, figures, job_form
from marketplace.portal.forms import ExactField, OnceForm, WholeField
from marketplace.portal.job_form import JobInputs
from marketplace.portal.order_form import LENGTH_NAMES, LENGTHS

ASKED: Final = {
    "command": gettext_lazy("Command"),
    "image": gettext_lazy("Container image"),
    "data_reference": gettext_lazy("Data comes from"),
    "result_reference": gettext_lazy("Results go to"),
    "environment": gettext_lazy("Variables"),
    "sealed_names": gettext_lazy("Secret variables"),
    "wall": gettext_lazy("Time limit"),
}
SECTIONS: Final = (
    desk.Section(
        gettext_lazy("What it is called"),
        ("code", "title_zh", "title_en", "sentence_zh", "sentence_en"),
    ),
    desk.Section(
        gettext_lazy("Which listings serve it"),
        ("classes", "resource_forms", "driver_kinds"),
        gettext_lazy("Nothing ticked: any."),
    ),
    desk.Section(gettext_lazy("How much an order begins with"), ("units", "length", "length_unit")),
    desk.Section(
        gettext_lazy("The job it begins with"),
        (
            *("command", "image", "data_reference", "result_reference", "environment"),
            *("sealed_names", "wall", "wall_unit", "asks"),
        ),
        gettext_lazy("Without a command it is no job: the buyer comes in with keys of its own."),
    ),
)
# The inputs that refusals about members of a scene are shown at.
INPUTS: Final = {
    "title": "title_zh",
    "sentence": "sentence_zh",
    "forms": "resource_forms",
    "units_milli": "units",
    "seconds": "length",
    "defaults": "command",
    "content": "code",
}
JOB_INPUTS: Final = {"wall_seconds": "wall"}


def _boxes(label: Any, choices: Any, **options: Any) -> forms.MultipleChoiceField:
    return forms.MultipleChoiceField(
        label=label,
        choices=choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        **options,
    )


class SceneForm(JobInputs, OnceForm):
    """The next version of a scene, field by field."""

    wide = ("command", "sealed_names", "asks")

    code = forms.CharField(
        label=gettext_lazy("Code"),
        max_length=CODE_LENGTH_MAX,
        help_text=gettext_lazy("Small letters, digits and hyphens; a known one gets a version."),
    )
    title_zh = forms.CharField(label=gettext_lazy("Title in Chinese"), max_length=TITLE_LENGTH_MAX)
    title_en = forms.CharField(label=gettext_lazy("Title in English"), max_length=TITLE_LENGTH_MAX)
    sentence_zh = forms.CharField(
        label=gettext_lazy("One sentence in Chinese"), max_length=SENTENCE_LENGTH_MAX
    )
    sentence_en = forms.CharField(
        label=gettext_lazy("One sentence in English"), max_length=SENTENCE_LENGTH_MAX
    )
    classes = _boxes(gettext_lazy("Class"), ResourceClass.choices)
    resource_forms = _boxes(gettext_lazy("Form"), ResourceForm.choices)
    driver_kinds = _boxes(
        gettext_lazy("Drivers"),
        lambda: [(name, str(kind.label)) for name, kind in drivers_registry.KINDS.items()],
    )
    asks = _boxes(
        gettext_lazy("What the order form asks for"),
        [(name, ASKED[name]) for name in ASKABLE],
        help_text=gettext_lazy("The other inputs stay as they are here, and are not shown."),
    )
    units = ExactField(
        label=gettext_lazy("Quantity"),
        min_value=Decimal("0.001"),
        max_value=Decimal(UNITS_MILLI_MAX) / 1000,
        max_digits=18,
        decimal_places=3,
        widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
        help_text=gettext_lazy("In units of the listing: cards, vCPUs or nodes."),
    )
    length = WholeField(
        label=gettext_lazy("For how long"),
        min_value=1,
        max_value=SECONDS_MAX,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
    )
    length_unit = forms.ChoiceField(
        label=gettext_lazy("Unit of time"), choices=LENGTH_NAMES, initial="hour"
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        for name in ("command", "wall_unit"):
            self.fields[name].required = False

    def clean_length_unit(self) -> str:
        """Return the unit; the length in it stays within an order's."""
        unit: str = self.cleaned_data["length_unit"]
        if self.cleaned_data.get("length", 0) * LENGTHS[unit] > SECONDS_MAX:
            self.add_error("length", _("An order does not last so long."))
        return unit

    def clean_wall_unit(self) -> str:
        """Return the unit of the time limit; without a limit any will do."""
        return self.cleaned_data["wall_unit"] or "minute"

    def clean(self) -> dict[str, Any]:
        """Check the job by the rules of jobs, and that nothing of one is said without a command."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if self.errors:
            return cleaned
        if not cleaned["command"]:
            named = ("image", "data_reference", "result_reference", "environment", "sealed_names")
            for name in named:
                if cleaned[name]:
                    self.add_error(name, _("Without a command there is no job."))
            if cleaned["asks"]:
                self.add_error("asks", _("Without a command the form asks for nothing of a job."))
            return cleaned
        try:
            drivers_job_rules.check_job(self._job(), seconds=self.seconds)
        except Refusal as refusal:
            at = JOB_INPUTS.get(refusal.field or "", refusal.field)
            self.add_error(at, ValidationError(str(refusal), code=refusal.code))
        return cleaned

    @property
    def seconds(self) -> int:
        """Return how long an order lasts."""
        return int(self.cleaned_data["length"]) * LENGTHS[self.cleaned_data["length_unit"]]

    def _job(self) -> JobWish:
        said = self.cleaned_data
        wall = said["wall"] * LENGTHS[said["wall_unit"]] if said["wall"] else self.seconds
        return JobWish(
            command=said["command"],
            wall_seconds=wall,
            image=said["image"].strip(),
            data_reference=said["data_reference"].strip(),
            result_reference=said["result_reference"].strip(),
            environment=said["environment"],
            sealed_names=said["sealed_names"],
        )

    def content(self) -> dict[str, Any]:
        """Return the scene that was typed."""
        said = self.cleaned_data
        job = drivers_job_rules.content_of(self._job()) if said["command"] else None
        return {
            "title": {"zh": said["title_zh"], "en": said["title_en"]},
            "sentence": {"zh": said["sentence_zh"], "en": said["sentence_en"]},
            "classes": said["classes"],
            "forms": said["resource_forms"],
            "driver_kinds": said["driver_kinds"],
            "asks": said["asks"],
            "defaults": {
                "units_milli": int(said["units"] * 1000),
                "seconds": self.seconds,
                "job": job,
            },
        }


def beginning(code: str, content: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the form begins with: a scene that was published, or a draft."""
    defaults = content["defaults"]
    length, length_unit = figures.in_whole_units(defaults["seconds"])
    job = defaults["job"]
    begun: dict[str, Any] = job_form.typed(drivers_job_rules.job_from(job)) if job else {}
    return begun | {
        "code": code,
        "title_zh": content["title"]["zh"],
        "title_en": content["title"]["en"],
        "sentence_zh": content["sentence"]["zh"],
        "sentence_en": content["sentence"]["en"],
        "classes": content["classes"],
        "resource_forms": content["forms"],
        "driver_kinds": content["driver_kinds"],
        "asks": content["asks"],
        "units": least_units(defaults["units_milli"]),
        "length": length,
        "length_unit": length_unit,
    }


def asked_words(content: Mapping[str, Any]) -> str:
    """Say what an order form by a scene asks for beside how much and when."""
    return ", ".join(str(ASKED[name]) for name in content["asks"])
