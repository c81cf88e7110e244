"""What the tables and rules that come with the market say of their sources, to be translated."""

import re
from typing import Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

SOURCES: Final = frozenset(
    {
        gettext_noop(
            "One hour of 312 TFLOPS dense FP16 on the tensor path, the nameplate of one A100 80GB."
            " Chips that publish no dense FP16 tensor figure (L40) or whose figure lacks a source"
            " that could be found (L40S) have no row."
        ),
        gettext_noop(
            "One hour of 9.7 TFLOPS FP64 on the vector units, the nameplate of one A100 80GB."
            " Figures of the tensor units are another line and are not mixed in."
        ),
        gettext_noop(
            "One hour of one physical core. A vCPU is a thread; how many of them share a core is"
            " said by the resource, and nothing is assumed where it is silent."
        ),
        gettext_noop(
            "One hour of 8,000 tokens a second, the throughput that texts around the Action Plan"
            " for Compute Interconnection name for a node. Nobody publishes a nameplate of it: the"
            " factor is what was measured."
        ),
        gettext_noop(
            "The figures of version 1, now in the published table of the training hour. A measured"
            " certificate lowers a factor and never raises it above the nameplate; a chip without"
            " a published figure stays in native hours."
        ),
        gettext_noop(
            "Cores by the published table of the general hour: a vCPU counts by how many threads"
            " share its core."
        ),
        gettext_noop("FP64 figures by the published table of the high-performance hour."),
        gettext_noop("Measured tokens a second by the published table of the inference hour."),
        gettext_noop("NVIDIA A100 80GB SXM, dense FP16, tensor path, TFLOPS"),
        gettext_noop("NVIDIA A100 80GB SXM, FP64, vector units, TFLOPS"),
        gettext_noop("one physical core"),
        gettext_noop("a node at 8,000 tokens a second"),
        gettext_noop("jishuzhan.net, boardor.com and arthurchiao.art disagree"),
        gettext_noop("hmc-tech.com (1307 dense); codesota.com labels 2615 as dense"),
        gettext_noop("hmc-tech.com; its dense FP16 figures are contested, its FP64 figure is not"),
        gettext_noop("Published nameplate table, jishuzhan.net"),
        gettext_noop("Published nameplate, fpsbench.com"),
        gettext_noop(
            "docs.aws.amazon.com, EC2 CpuOptions: one thread a core disables multithreading"
        ),
        gettext_noop(
            "docs.aws.amazon.com, EC2 CpuOptions: two threads a core by default; vCPUs = cores x"
            " threads"
        ),
        gettext_noop("the rule counts native hours only"),
        gettext_noop("the resource is not made of one kind of chip"),
        gettext_noop("the resource does not say what the table asks for"),
        gettext_noop("no measured certificate is in force"),
        gettext_noop("the certified figure rounds to a factor of 0"),
    }
)
# Reasons that name something: how a record bears them.
_CONTESTED: Final = re.compile(r"published figures of (.+) contradict each other: (.+)")
_UNBOUNDED: Final = re.compile(
    r"the table has no published figure for (.+), so nothing bounds its certificate"
)
_NO_ROW: Final = re.compile(r"the table has no published figure for (.+)")
_NO_FIGURE: Final = re.compile(r"no agreed dense FP16 figure for (.+)")
_ENDED: Final = re.compile(r"its measured certificate ended on (.+)")


def reason(text: str) -> str:
    """Return why there is no factor, in the reader's language."""
    if found := _CONTESTED.fullmatch(text):
        said = {"row": found[1], "figures": found[2]}
        return _("published figures of %(row)s contradict each other: %(figures)s") % said
    if found := _UNBOUNDED.fullmatch(text):
        return _(
            "the table has no published figure for %(row)s, so nothing bounds its certificate"
        ) % {"row": found[1]}
    if found := _NO_ROW.fullmatch(text):
        return _("the table has no published figure for %(row)s") % {"row": found[1]}
    if found := _NO_FIGURE.fullmatch(text):
        return _("no agreed dense FP16 figure for %(row)s") % {"row": found[1]}
    if found := _ENDED.fullmatch(text):
        return _("its measured certificate ended on %(day)s") % {"day": found[1]}
    return _(text) if text in SOURCES else text
