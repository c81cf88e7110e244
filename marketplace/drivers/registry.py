"""
Every driver that this release knows, by name and version.

All that are called speak one wire (`wire`): what differs is who wrote the program behind it. The
market runs none of them: what a provider's machines do is decided beside those machines.
"""

from typing import Final

from django.utils.translation import gettext_lazy as _

from marketplace.drivers.contracts import DriverKind, DriverKindUnknown

MANUAL: Final = "manual-1"
WEBHOOK: Final = "webhook-1"
KINDS: Final = {
    kind.name: kind
    for kind in (
        DriverKind(
            MANUAL,
            _("By hand"),
            is_called=False,
            runs_at="page",
            told=_("People or programs of the provider say what happened; nothing is called."),
        ),
        DriverKind(
            WEBHOOK,
            _("Webhook"),
            is_called=True,
            runs_at="provider",
            told=_("A program of the provider that keeps to the interface."),
        ),
        DriverKind(
            "local-1",
            _("Local process"),
            is_called=True,
            runs_at="provider",
            told=_("suanpan-driver runs jobs as bounded processes of its machine."),
            takes_image=False,
        ),
        DriverKind(
            "slurm-1",
            _("Slurm"),
            is_called=True,
            runs_at="provider",
            told=_("suanpan-driver submits jobs by sbatch and follows them by sacct."),
            takes_image=False,
        ),
        DriverKind(
            "kubernetes-1",
            _("Kubernetes"),
            is_called=True,
            runs_at="provider",
            told=_("suanpan-driver writes a manifest of kind Job for each delivery."),
            needs_image=True,
        ),
    )
}


def kind(name: str) -> DriverKind:
    """
    Return a driver of the registry.

    :raises DriverKindUnknown: if it knows no such name and version
    """
    if name not in KINDS:
        raise DriverKindUnknown(field="kind")
    return KINDS[name]
