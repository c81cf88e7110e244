"""Writes of drivers: registered, told what to do, heard."""

from marketplace.drivers.services.calling import call_due
from marketplace.drivers.services.configuring import (
    IssuedDriver,
    ask_test,
    change_driver,
    register_driver,
    remove_driver,
    replace_secret,
)
from marketplace.drivers.services.hearing import hear
from marketplace.drivers.services.jobs import (
    cancel_job,
    confirm_job,
    place_job,
    place_or_propose_job,
)
from marketplace.drivers.services.planning import plan
from marketplace.drivers.services.scenes import (
    keep_template,
    propose_scene,
    publish_scene,
    remove_template,
)

__all__ = [
    "IssuedDriver",
    "ask_test",
    "call_due",
    "cancel_job",
    "change_driver",
    "confirm_job",
    "hear",
    "keep_template",
    "place_job",
    "place_or_propose_job",
    "plan",
    "propose_scene",
    "publish_scene",
    "register_driver",
    "remove_driver",
    "remove_template",
    "replace_secret",
]
