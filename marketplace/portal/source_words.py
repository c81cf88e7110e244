"""Where published figures come from, in the reader's language; the data itself says it in one."""

from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

UTILISATION: Final = (
    "Model FLOPs utilisation of dense training in published reports: 38 to 43 % "
    "(arXiv:2407.21783), 46 % (arXiv:2204.02311)"
)
SAID: Final[dict[str, Promise]] = {
    "Own assumption until a figure is published or measured": _(
        "Own assumption until a figure is published or measured"
    ),
    "straight line": _("straight line"),
    "of the hardware price, a year": _("of the hardware price, a year"),
    "yuan a kilowatt-hour, flat": _("yuan a kilowatt-hour, flat"),
    "yuan a kilowatt and year": _("yuan a kilowatt and year"),
    "yuan a unit and year": _("yuan a unit and year"),
    "yuan a unit with its share of server and network": _(
        "yuan a unit with its share of server and network"
    ),
    "GB 40879-2021, limit of the third grade": _("GB 40879-2021, limit of the third grade"),
    "TFLOPS, dense FP16": _("TFLOPS, dense FP16"),
    "TFLOPS, FP64 on vector units": _("TFLOPS, FP64 on vector units"),
    "An hour of one physical core": _("An hour of one physical core"),
    "Conversion table training: what one standard hour is an hour of": _(
        "Conversion table training: what one standard hour is an hour of"
    ),
    "Conversion table hpc: what one standard hour is an hour of": _(
        "Conversion table hpc: what one standard hour is an hour of"
    ),
    "Conversion table general: what one standard hour is an hour of": _(
        "Conversion table general: what one standard hour is an hour of"
    ),
    "Half of the sparse figure 3,958 of jishuzhan.net": _(
        "Half of the sparse figure 3,958 of jishuzhan.net"
    ),
    "half of the sparse figure of jishuzhan.net": _("half of the sparse figure of jishuzhan.net"),
    UTILISATION: _(
        "Model FLOPs utilisation of dense training in published reports: 0.38 to 0.43 "
        "(arXiv:2407.21783), 0.46 (arXiv:2204.02311)"
    ),
    "No source was found for the figure in circulation": _(
        "No source was found for the figure in circulation"
    ),
    "Own assumption: 0.40 of the certified tokens a second are kept free for peaks": _(
        "Own assumption: 0.40 of the certified tokens a second are kept free for peaks"
    ),
    "fpsbench.com gives the vector path alone": _("fpsbench.com gives the vector path alone"),
}
BETWEEN: Final = "; "


def told(source: str) -> str:
    """Return a source as its reader reads it: what it says in words, and names as they are."""
    return BETWEEN.join(str(SAID.get(part, part)) for part in source.split(BETWEEN))
