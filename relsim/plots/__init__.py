"""Figures: numbers first, then pictures drawn on the axes given.

Each drawing function returns the axes that it drew on, a new figure's if none are given. Title and
legend stand above the axes: make a figure of your own with ``layout="constrained"``, so that it
leaves room for them. `draw` makes a whole figure by its name. A notebook shows a figure, and the
axes of a new one, as a picture; pyplot has no part in it.

A figure is the numbers, a title that says what they show, and the drawing. `style` and `paper` hold
what all have in common, `gallery` the figures by name. It may import from story, inference,
history, ensemble and the rooms above these; of rooms only cli imports from it. Begin with `fans`.
"""

from relsim.plots import starting  # noqa: F401  (the first, before any that need matplotlib)
from relsim.plots.climbs import Climb, climb_courses, climbs
from relsim.plots.courses import Course, course, cumulative
from relsim.plots.dotplot import QuantileDots, dots, dots_of
from relsim.plots.fans import Fan, fan, fan_of
from relsim.plots.forest import Row, difference_rows, differences, outcomes, rows
from relsim.plots.gallery import FIGURES, USUAL, draw, save
from relsim.plots.heat_map import Shifts, shifts_of, together
from relsim.plots.histograms import Distribution, distribution, distribution_of
from relsim.plots.learned import LearnedRow, learned, learned_rows
from relsim.plots.record_timeline import RecordBars, record_bars, record_timeline
from relsim.plots.reliability_diagram import reliability_diagram
from relsim.plots.sensitivity import along, bars, claims, drivers, lines_of, tornado
from relsim.plots.signpost_bars import SignpostBar, signpost_bars, signposts
from relsim.plots.timelines import Timeline, timeline, timeline_of
from relsim.plots.updates import NewsCourse, news_course, probability_through_time

__all__ = [
    "FIGURES",
    "USUAL",
    "Climb",
    "Course",
    "Distribution",
    "Fan",
    "LearnedRow",
    "NewsCourse",
    "QuantileDots",
    "RecordBars",
    "Row",
    "Shifts",
    "SignpostBar",
    "Timeline",
    "along",
    "bars",
    "claims",
    "climb_courses",
    "climbs",
    "course",
    "cumulative",
    "difference_rows",
    "differences",
    "distribution",
    "distribution_of",
    "dots",
    "dots_of",
    "draw",
    "drivers",
    "fan",
    "fan_of",
    "learned",
    "learned_rows",
    "lines_of",
    "news_course",
    "outcomes",
    "probability_through_time",
    "record_bars",
    "record_timeline",
    "reliability_diagram",
    "rows",
    "save",
    "shifts_of",
    "signpost_bars",
    "signposts",
    "timeline",
    "timeline_of",
    "together",
    "tornado",
]
