"""
Where the hubs lie to each other: a schematic of rods, without any boundary.

A public map of the country needs the standard base map and its review number; this is none. Places
are drawn by their distance from each other, and a hub is a rod of five beads: filled ones are free.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from marketplace.bulletin.board_contracts import BoardFlow, HubLine
from marketplace.portal import names

WIDTH: Final = 880
HEIGHT: Final = 480
ROD_STEP: Final = 20
BEADS: Final = 5
# Of each hub where it is drawn, and on which side its name stands.
PLACES: Final = {
    "HLG": (404, 96, "end"),
    "ZJK": (500, 84, "start"),
    "ZHW": (226, 166, "end"),
    "QYG": (300, 214, "start"),
    "TFU": (190, 318, "end"),
    "CKG": (268, 344, "start"),
    "GAN": (276, 424, "end"),
    "SGN": (478, 452, "start"),
    "WHU": (590, 272, "end"),
    "YDA": (690, 300, "middle"),
}
# Which hubs lie next to each other: the lines of the schematic, no statement about cables.
NEIGHBOURS: Final = (
    ("HLG", "ZJK"), ("HLG", "ZHW"), ("ZHW", "QYG"), ("QYG", "TFU"), ("QYG", "ZJK"), ("TFU", "CKG"),
    ("CKG", "GAN"), ("CKG", "WHU"), ("GAN", "SGN"), ("SGN", "WHU"), ("WHU", "YDA"), ("WHU", "ZJK"),
)  # fmt: skip
# Where buyers sit, by the first two digits of GB/T 2260.
PROVINCES: Final = {
    "11": (534, 62), "12": (560, 80), "13": (520, 110), "14": (440, 140), "15": (400, 60),
    "21": (690, 50), "22": (740, 30), "23": (760, 12), "31": (722, 330), "32": (650, 260),
    "33": (690, 356), "34": (590, 290), "35": (640, 410), "36": (560, 380), "37": (590, 160),
    "41": (490, 230), "42": (470, 300), "43": (440, 380), "44": (500, 468), "45": (360, 460),
    "46": (380, 476), "50": (290, 330), "51": (170, 340), "52": (300, 410), "53": (180, 446),
    "54": (40, 330), "61": (360, 240), "62": (180, 150), "63": (110, 200), "64": (250, 150),
    "65": (30, 90),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class HubMark:
    """A hub on the schematic: its rod, its name, and what is free of it."""

    code: str
    name: str
    x: int
    y: int
    side: str
    label_x: int
    label_y: int
    beads: tuple[tuple[int, bool], ...]  # where each lies, and whether it is free
    line: HubLine

    @property
    def top(self) -> int:
        """Return where its rod begins."""
        return self.y - 34

    @property
    def bead_x(self) -> int:
        """Return where its beads begin."""
        return self.x - 14


@dataclass(frozen=True, slots=True)
class Arc:
    """Contracts that run at a hub for buyers elsewhere."""

    path: str
    width: int
    x: int
    y: int
    place: str
    contracts: int


def rods() -> list[int]:
    """Return where the rods of the ground stand."""
    return list(range(ROD_STEP, WIDTH, ROD_STEP))


def ties() -> list[str]:
    """Return the lines between hubs that lie next to each other, as paths."""
    return [
        f"M{PLACES[one][0]} {PLACES[one][1]}L{PLACES[other][0]} {PLACES[other][1]}"
        for one, other in NEIGHBOURS
    ]


def places() -> list[tuple[int, int, str, int, int, str]]:
    """Return each hub by its place, its name, where that stands, and on which side."""
    shift = {"start": 14, "end": -14, "middle": 0}
    return [
        (x, y, str(names.hub(code)), x + shift[side], y + (24 if side == "middle" else 5), side)
        for code, (x, y, side) in PLACES.items()
    ]


def line(start: str, end: str) -> str:
    """Return the straight line between two hubs; nothing where they are one."""
    if start == end:
        return ""
    return f"M{PLACES[start][0]} {PLACES[start][1]}L{PLACES[end][0]} {PLACES[end][1]}"


def marks(lines: Iterable[HubLine], *, resource_class: str) -> list[HubMark]:
    """Return the hubs at which a class has anything on the market. Classes are never added up."""
    found = [it for it in lines if it.resource_class == resource_class and it.hub in PLACES]
    return [_mark(line) for line in found]


def _mark(line: HubLine) -> HubMark:
    x, y, side = PLACES[line.hub]
    free = (line.free_milli * BEADS * 2 + line.total_milli) // (line.total_milli * 2)
    beads = tuple((y - 30 + 12 * at, at >= BEADS - free) for at in range(BEADS))
    label_x = x + {"start": 22, "end": -22, "middle": 0}[side]
    label_y = y + 52 if side == "middle" else y
    return HubMark(line.hub, names.hub(line.hub), x, y, side, label_x, label_y, beads, line)


def arcs(flows: Sequence[BoardFlow]) -> list[Arc]:
    """Return the flows that can be drawn, each from its hub to where the buyers sit."""
    most = max((thousandths(flow) for flow in flows), default=0) or 1
    return [
        _arc(flow, 2 + 6 * thousandths(flow) // most)
        for flow in flows
        if flow.hub in PLACES and flow.region in PROVINCES
    ]


def thousandths(flow: BoardFlow) -> int:
    """Return how much flows, in whole thousandths of a standard hour an hour."""
    return int(flow.standard.scaleb(3))


def _arc(flow: BoardFlow, width: int) -> Arc:
    x1, y1, _side = PLACES[flow.hub]
    x2, y2 = PROVINCES[flow.region]
    middle_x, middle_y = (x1 + x2) // 2, (y1 + y2) // 2 - abs(x2 - x1) // 4 - 12
    path = f"M{x1} {y1}Q{middle_x} {middle_y} {x2} {y2}"
    return Arc(path, width, x2, y2, names.region(f"{flow.region}0000"), flow.contracts)
