"""The form of a batch job: what it runs, beside how much and for how long."""

import shlex
from collections.abc import Collection
from typing import Any, Final

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from common.errors import Refusal
from marketplace.drivers import job_rules as drivers_job_rules
from marketplace.drivers.contracts import DriverKind
from marketplace.drivers.job_contracts import REFERENCE_LENGTH_MAX, WALL_SECONDS_MAX, JobWish
from marketplace.drivers.scene_rules import ASKABLE
from marketplace.portal import figures
from marketplace.portal.forms import WholeField
from marketplace.portal.order_form import LENGTH_NAMES, LENGTHS, OrderForm

TEXT_LENGTH_MAX: Final = 20_000
PLAIN: Final = {"autocomplete": "off", "spellcheck": "false"}
DRAWN: Final = ("command", "image", "data_reference", "result_reference", "wall", "wall_unit")
# The inputs that a job's refusals are about.
JOB_FIELDS: Final = {"wall_seconds": "wall"}


class JobInputs(forms.Form):
    """What a job runs, as a person types it."""

    command = forms.CharField(
        label=gettext_lazy("Command"),
        max_length=TEXT_LENGTH_MAX,
        widget=forms.TextInput(attrs=PLAIN),
        help_text=gettext_lazy(
            "A program and its words; words with spaces in quotes. No shell reads it."
        ),
    )
    image = forms.CharField(
        label=gettext_lazy("Container image"),
        max_length=REFERENCE_LENGTH_MAX,
        required=False,
        widget=forms.TextInput(attrs=PLAIN),
    )
    data_reference = forms.CharField(
        label=gettext_lazy("Data comes from"),
        max_length=REFERENCE_LENGTH_MAX,
        required=False,
        widget=forms.TextInput(attrs=PLAIN),
        help_text=gettext_lazy("An address that the provider can read. The market never opens it."),
    )
    result_reference = forms.CharField(
        label=gettext_lazy("Results go to"),
        max_length=REFERENCE_LENGTH_MAX,
        required=False,
        widget=forms.TextInput(attrs=PLAIN),
    )
    environment = forms.CharField(
        label=gettext_lazy("Variables"),
        max_length=TEXT_LENGTH_MAX,
        required=False,
        widget=forms.Textarea(attrs=PLAIN | {"rows": 3}),
        help_text=gettext_lazy("NAME=value, one a line. No secrets: both parties read them."),
    )
    sealed_names = forms.CharField(
        label=gettext_lazy("Secret variables"),
        max_length=TEXT_LENGTH_MAX,
        required=False,
        widget=forms.TextInput(attrs=PLAIN),
        help_text=gettext_lazy(
            "Their names alone, with spaces between; you hand the values over sealed."
        ),
    )
    wall = WholeField(
        label=gettext_lazy("Time limit"),
        min_value=1,
        max_value=WALL_SECONDS_MAX,
        required=False,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
        help_text=gettext_lazy("Empty: as long as the order."),
    )
    wall_unit = forms.ChoiceField(
        label=gettext_lazy("Unit of the time limit"), choices=LENGTH_NAMES, initial="minute"
    )

    def clean_command(self) -> tuple[str, ...]:
        """Return the words of the command."""
        try:
            return tuple(shlex.split(self.cleaned_data["command"]))
        except ValueError as error:
            raise ValidationError(_("A quote is not closed."), code="invalid") from error

    def clean_environment(self) -> dict[str, str]:
        """Return the variables that are no secrets."""
        found: dict[str, str] = {}
        for line in self.cleaned_data["environment"].splitlines():
            name, sign, value = line.strip().partition("=")
            if not name and not sign:
                continue
            if not sign or name in found:
                raise ValidationError(_("Each line is NAME=value, and each name comes once."))
            found[name] = value
        return found

    def clean_sealed_names(self) -> tuple[str, ...]:
        """Return the names of variables that are handed over sealed."""
        return tuple(self.cleaned_data["sealed_names"].replace(",", " ").split())


class JobForm(JobInputs, OrderForm):
    """An order of one listing, and the job that it runs."""

    def __init__(
        self,
        *args: Any,
        kind: DriverKind,
        job: JobWish | None = None,
        asks: Collection[str] = ASKABLE,
        **options: Any,
    ) -> None:
        super().__init__(*args, **options)
        self.kind = kind
        told = _("Empty: no container.")
        if not kind.takes_image:
            told = _("The provider's driver runs no containers: leave it empty.")
        elif kind.needs_image:
            told = _("The provider's driver runs containers alone.")
        self.fields["image"].help_text = told
        for name in set(ASKABLE) - set(asks):
            self.fields[name].widget = forms.HiddenInput()
        if "wall" not in asks:
            self.fields["wall_unit"].widget = forms.HiddenInput()
        if job is not None:
            self.initial.update(typed(job))

    def clean(self) -> dict[str, Any]:
        """Check that the provider could run the job."""
        cleaned: dict[str, Any] = super().clean()
        if self.errors or "starts_at" not in cleaned:
            return cleaned
        period = self.period
        try:
            drivers_job_rules.check_job(
                self.job, seconds=int((period.ends_at - period.starts_at).total_seconds())
            )
            drivers_job_rules.check_driver_takes(self.job, self.kind)
        except Refusal as refusal:
            told = self.at_its_field(refusal)
            self.add_error(told.field, ValidationError(str(told), code=told.code))
        return cleaned

    @property
    def shown_fields(self) -> list[tuple[Any, bool]]:
        """Return the fields of the job that are asked for, and whether each has a whole row."""
        wide = {"command", "environment", "sealed_names"}
        named = (*DRAWN, "environment", "sealed_names")
        return [(self[name], name in wide) for name in named if not self[name].is_hidden]

    @property
    def unseen_fields(self) -> list[Any]:
        """Return the fields of the job that stay as a scene says."""
        named = (*DRAWN, "environment", "sealed_names")
        return [self[name] for name in named if self[name].is_hidden]

    @property
    def job(self) -> JobWish:
        """Return what is to run."""
        said = self.cleaned_data
        period = self.period
        whole = int((period.ends_at - period.starts_at).total_seconds())
        return JobWish(
            command=said["command"],
            wall_seconds=said["wall"] * LENGTHS[said["wall_unit"]] if said.get("wall") else whole,
            image=said["image"].strip(),
            data_reference=said["data_reference"].strip(),
            result_reference=said["result_reference"].strip(),
            environment=said["environment"],
            sealed_names=said["sealed_names"],
        )

    def at_its_field(self, refusal: Refusal) -> Refusal:
        """Point a refusal at the input of this form that it is about."""
        refusal.field = JOB_FIELDS.get(refusal.field or "", refusal.field)
        return super().at_its_field(refusal)


def typed(job: JobWish) -> dict[str, Any]:
    """Return what the form proposes to who runs a job again."""
    wall, unit = figures.in_whole_units(job.wall_seconds)
    return {
        "command": shlex.join(job.command),
        "image": job.image,
        "data_reference": job.data_reference,
        "result_reference": job.result_reference,
        "environment": "\n".join(f"{name}={value}" for name, value in job.environment.items()),
        "sealed_names": " ".join(job.sealed_names),
        "wall": wall,
        "wall_unit": unit,
    }
