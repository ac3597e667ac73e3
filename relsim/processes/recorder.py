"""The recorder: the weekly series, the relations index, the outcome monitors."""

from collections.abc import Generator, Sequence
from typing import Protocol

import numpy as np
import numpy.typing as npt
import simpy

from relsim.worlds.clock import WEEK, Clock, Phase
from relsim.worlds.parameters import Derived, Floats, keep
from relsim.worlds.record import Listener
from relsim.worlds.worlds import Worlds

Counts = npt.NDArray[np.int64]
BINS = 240
DAYS_A_YEAR = 365
# Fixed edges, so that counts of chunks add up in any order to the same bits.
INDEX_EDGES = np.linspace(-12.0, 12.0, BINS + 1)
SHARE_EDGES = np.linspace(0.0, 1.0, BINS + 1)


class Watcher(Listener, Protocol):
    """A listener that is also shown the weekly series."""

    def week(self, day: int, series: dict[str, Floats]) -> None:
        """The series as they stand at the end of a week."""
        ...


def bins_of(values: Floats, edges: npt.NDArray[np.float64]) -> npt.NDArray[np.int32]:
    """The bin of each value, all equally wide; what lies outside goes to the outer bins."""
    bins = len(edges) - 1
    scale = np.float32(bins / (edges[-1] - edges[0]))
    place = values - np.float32(edges[0])
    place *= scale
    found = place.astype(np.int32)  # what is no number goes to the first bin; its run has failed
    return np.clip(found, 0, bins - 1, out=found)


class Recorder:
    """Collects what is kept of chunks lived side by side, week by week.

    Parameters
    ----------
    worlds : Worlds
    clock : Clock
    watcher : Watcher
        Told the weekly series; the outcome monitors.
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
        sampled: npt.NDArray[np.int64],
    ) -> None:
        self._worlds, self._clock, self._watcher = worlds, clock, watcher
        self._columns, self.sampled = columns, sampled
        weeks = len(clock.record_days())
        self.edges = {"index": INDEX_EDGES} | {
            f"pressure_works.{name}": SHARE_EDGES for name in worlds.stage.actors
        }
        self.histograms: dict[str, Counts] = {
            name: np.zeros((len(columns), weeks, BINS), dtype=np.int64) for name in self.edges
        }
        self.sample: dict[str, Floats] = {}
        self.weeks_below_zero = np.zeros(worlds.width, dtype=np.int16)
        years = max(clock.days // DAYS_A_YEAR, 1)
        self.flow_of_year = np.zeros((years, worlds.width), dtype=np.float32)
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
        series: dict[str, npt.NDArray[np.generic]] = {
            "index": worlds.index,
            "flow": flow,
            "rung": worlds.rung,
            "hostile": worlds.strong_week,
            "cooperative": worlds.cooperative_week,
            "openings": worlds.openings.sum(axis=0),
            "talks": worlds.talks,
            **beliefs,
        }
        for actor, name in enumerate(worlds.stage.actors):
            series[f"hostility.{name}"] = worlds.hostility[actor]
            series[f"goodwill.{name}"] = worlds.goodwill[actor]
            series[f"trust.{name}"] = worlds.trust(actor)
            series[f"stock.{name}"] = worlds.stock[actor]
            series[f"hardship.{name}"] = worlds.hardship[actor]
            series[f"constraint.{name}"] = worlds.constraint[actor]
        for number_, name in enumerate(worlds.stage.third_parties):
            series[f"third_party.{name}"] = worlds.third_party[number_]
        for number_, name in enumerate(worlds.stage.projects):
            series[f"progress.{name}"] = worlds.progress[number_]
        for number_, name in enumerate(worlds.stage.treaties):
            series[f"in_force.{name}"] = worlds.in_force(number_)
        if not self.sample:
            shape = (len(self._clock.record_days()), self.sampled.size)
            self.sample = {name: np.zeros(shape, dtype=np.float32) for name in series}
        for name, values in series.items():
            self.sample[name][number] = values[self.sampled]
