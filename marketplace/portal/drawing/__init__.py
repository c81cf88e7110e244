"""Charts drawn on the server as SVG, with the table of their figures always beside them."""

from marketplace.portal.drawing.contracts import Chart, Heat, Kind, Limit, Ranked, Row, Series
from marketplace.portal.drawing.heat import HeatDrawing, draw_heat
from marketplace.portal.drawing.plots import Plot, draw
from marketplace.portal.drawing.ranked import Part, RankedRow, draw_ranked

__all__ = [
    "Chart",
    "Heat",
    "HeatDrawing",
    "Kind",
    "Limit",
    "Part",
    "Plot",
    "Ranked",
    "RankedRow",
    "Row",
    "Series",
    "draw",
    "draw_heat",
    "draw_ranked",
]
