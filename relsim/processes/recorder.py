"""The recorder: the weekly series, the relations index, the outcome monitors."""

from collections.abc import Generator, Sequence

import numpy as np
import numpy.typing as npt
import simpy

from relsim.array_types import Doubles, Floats, Integers
from relsim.worlds.clock import WEEK, Clock, Phase
from relsim.worlds.parameters import Derived, keep
from relsim.worlds.record import Watcher
from relsim.worlds.stage import Stage
from relsim.worlds.worlds import Worlds

BINS = 240
DAYS_A_YEAR = 365
# Fixed edges, so that counts of chunks add up in any order to the same bits.
INDEX_EDGES = np.linspace(-12.0, 12.0, BINS + 1)
SHARE_EDGES = np.linspace(0.0, 1.0, BINS + 1)


def edges_of(stage: Stage) -> dict[str, Doubles]:
    """The edges of the bins of each weekly histogram."""
    return {"index": INDEX_EDGES} | {f"pressure_works.{name}": SHARE_EDGES for name in stage.actors}


def whole_years(days: int) -> int:
    """Whole years of a term; one if it is shorter."""
    return max(days // DAYS_A_YEAR, 1)


def series_names(stage: Stage) -> tuple[str, ...]:
    """The names of the weekly series of a run that is kept whole, in their order."""
    of_an_actor = ("hostility", "goodwill", "trust", "stock", "hardship", "constraint")
    return (
        "index", "flow", "rung", "hostile", "cooperative", "openings", "talks",
        *(f"pressure_works.{name}" for name in stage.actors),
        *(f"{kind}.{name}" for name in stage.actors for kind in of_an_actor),
        *(f"third_party.{name}" for name in stage.third_parties),
        *(f"progress.{name}" for name in stage.projects),
        *(f"in_force.{name}" for name in stage.treaties),
    )  # fmt: skip


def bins_of(values: Floats, edges: Doubles) -> npt.NDArray[np.int32]:
    """The bin of each value, all equally wide; what lies outside goes to the outer bins."""
    bins = len(edges) - 1
    scale = np.float32(bins / (edges[-1] - edges[0]))
    place = values - np.float32(edges[0])
    place *= scale
    found = place.astype(np.int32)  # what is no number goes to the first bin; its run has failed
    return np.clip(found, 0, bins - 1, out=found)


class Recorder:
    """Collects what is kept of chunks simulated side by side, week by week.

    Parameters
    ----------
    worlds : Worlds
    clock : Clock
    watcher : Watcher
        Shown the weekly series; the outcome monitors.
    columns : sequence of slice
        The real runs of each chunk; the rest is padding.
    sampled : int64 array
        Columns of which all weekly series are kept.

    Attributes
    ----------
    histograms : dict of int64 (chunks, weeks, bins)
    edges : dict of float64 (bins + 1,)
    sample : dict of float32 (weeks, sampled)
    weeks_below_zero : int16 (runs,)
        Weeks with a negative relations index.
    first_thaw : int16 (runs,)
        Day of the first week with an index of zero or more (-1: never).
    flow_of_year : float32 (years, runs)
        Net Goldstein flow of each whole year of the term.
    """

    def __init__(
        self,
        worlds: Worlds,
        clock: Clock,
        watcher: Watcher,
        columns: Sequence[slice],
        sampled: Integers,
    ) -> None:
        self._worlds, self._clock, self._watcher = worlds, clock, watcher
        self._columns, self.sampled = columns, sampled
        weeks = len(clock.record_days())
        self.edges = edges_of(worlds.stage)
        self.histograms: dict[str, Integers] = {
            name: np.zeros((len(columns), weeks, BINS), dtype=np.int64) for name in self.edges
        }
        self.sample: dict[str, Floats] = {}
        self.weeks_below_zero = np.zeros(worlds.width, dtype=np.int16)
        self.flow_of_year = np.zeros((whole_years(clock.days), worlds.width), dtype=np.float32)
        self.first_thaw = np.full(worlds.width, -1, dtype=np.int16)

    def process(self) -> Generator[simpy.Event, None, None]:
        """Wake on the last day of each week, and of the short week that ends the term."""
        worlds, before = self._worlds, -1
        week_left = Derived(worlds.parameters, lambda p: keep(p["index.half_life"], 1))
        for number, day in enumerate(self._clock.record_days()):
            yield self._clock.until(day, Phase.RECORD)
            weeks, before = (day - before) / WEEK, day
            year = min(day // DAYS_A_YEAR, len(self.flow_of_year) - 1)
            self.flow_of_year[year] += worlds.flow
            flow = worlds.flow / np.float32(weeks)  # a week's flow, also in the short week
            # Only the last week may be a short one.
            left = week_left() if weeks == 1 else keep(worlds.parameters["index.half_life"], weeks)
            worlds.index -= flow
            worlds.index *= left
            worlds.index += flow
            self._keep(number, day, flow)
            worlds.flow[:] = 0
            worlds.strong_week[:] = False
            worlds.cooperative_week[:] = False

    def take(self, index: Integers) -> None:
        """Let run k have what is kept of run index[k].

        Histograms count the runs as they stood in each week. Of a run that becomes a copy of one
        that is not sampled the weeks before are NaN.
        """
        for array in (self.weeks_below_zero, self.first_thaw, self.flow_of_year):
            array[...] = array[..., index]
        forebears = index[self.sampled]
        known = np.isin(forebears, self.sampled)
        places = np.minimum(np.searchsorted(self.sampled, forebears), self.sampled.size - 1)
        for name, series in self.sample.items():
            self.sample[name] = np.where(known, series[:, places], np.float32(np.nan))

    def _keep(self, number: int, day: int, flow: Floats) -> None:
        worlds = self._worlds
        self._watcher.week(
            day,
            {
                "index": worlds.index,
                "flow": flow,
                "rung": worlds.rung.astype(np.float32),
                "hostile": worlds.strong_week.astype(np.float32),
                "cooperative": worlds.cooperative_week.astype(np.float32),
            },
        )
        below = worlds.index < 0
        self.weeks_below_zero += below
        self.first_thaw[np.flatnonzero(~below & (self.first_thaw < 0))] = day
        beliefs = {
            f"pressure_works.{name}": worlds.pressure_works(actor)
            for actor, name in enumerate(worlds.stage.actors)
        }
        for name, values in ({"index": worlds.index} | beliefs).items():
            bins = bins_of(values, self.edges[name])
            for chunk, real in zip(self.histograms[name], self._columns, strict=True):
                chunk[number] = np.bincount(bins[real], minlength=BINS)
        self._sample(number, flow, beliefs)

    def _sample(self, number: int, flow: Floats, beliefs: dict[str, Floats]) -> None:
        """Keep every weekly series of the sampled runs."""
        if not self.sampled.size:
            return
        worlds = self._worlds
        stage = worlds.stage
        values: list[npt.NDArray[np.generic]] = [
            worlds.index,
            flow,
            worlds.rung,
            worlds.strong_week,
            worlds.cooperative_week,
            worlds.openings.sum(axis=0),
            worlds.talks,
            *beliefs.values(),
        ]
        for actor in range(len(stage.actors)):
            values += [worlds.hostility[actor], worlds.goodwill[actor], worlds.trust(actor)]
            values += [worlds.stock[actor], worlds.hardship[actor], worlds.constraint[actor]]
        values += [worlds.third_party[place] for place in range(len(stage.third_parties))]
        values += [worlds.progress[place] for place in range(len(stage.projects))]
        values += [worlds.in_force(place) for place in range(len(stage.treaties))]
        series = dict(zip(series_names(stage), values, strict=True))
        if not self.sample:
            shape = (len(self._clock.record_days()), self.sampled.size)
            self.sample = {name: np.zeros(shape, dtype=np.float32) for name in series}
        for name, all_runs in series.items():
            self.sample[name][number] = all_runs[self.sampled]
