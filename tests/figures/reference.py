"""Pictures of fixed numbers, and how far two pictures of a figure differ.

``python -m tests.figures.reference`` makes the reference pictures anew. Look at them before you
commit them.

Two pictures are compared as a reader sees them from a distance: each channel of colour is blurred
by a Gaussian of `BLUR` pixels (3 points), and the largest difference of all pixels counts, in
levels of 0 to 255. So a label, a line or an area that moved, vanished or changed its colour counts
much, however small a part of the picture it is.

Drawn anew with the same FreeType, which comes with matplotlib, the pictures differ by up to 19
levels from the stored ones, which have 64 colours; a label of the axis that is moved by 10 points
makes 67 to 232, another colour of a line 35 to 213. With FreeType 2.6 of matplotlib 3.10 letters
and so the layout differ, by up to 125 levels in places: there the tolerance is wider, and only
what is missing or of another colour over an area is seen.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date, timedelta
from functools import lru_cache
from io import BytesIO
from pathlib import Path

import numpy as np
from matplotlib import ft2font
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from PIL import Image
from scipy.ndimage import gaussian_filter
from scipy.special import ndtri

from relsim import plots
from relsim.ensemble.ensemble import Ensemble
from relsim.history.events import Event
from relsim.inference.score.corp import reliability
from relsim.runs.chunk_result import LOG_TYPE, Sample, Vocabulary
from relsim.scenario.schema import Scenario, load
from relsim.worlds.clock import record_days

FOLDER = Path(__file__).with_name("reference")
SHRINK = 4  # pixels of a figure in a side of one pixel of a picture, which are 1.44 points
COLOURS = 64  # of a stored picture
BLUR = 2.0  # pixels
FREETYPE = "2.14"  # which drew the reference pictures
TOLERANCE, ELSEWHERE = 30.0, 140.0  # levels, with this FreeType and with another one

RUNS_PER_DRAW, DRAWS = 32, 128
NONE = Vocabulary((), (), ())
SHARES = {"often": 0.8, "sometimes": 0.35, "seldom": 0.06}


@lru_cache(maxsize=1)
def scenario() -> Scenario:
    """The horizon and the actors of the baseline, with three outcomes of our own."""
    base = load("us-russia-2021")
    one = next(iter(base.outcomes.values()))
    outcomes = {
        name: one.model_copy(update={"title": f"An outcome that comes about {name}"})
        for name in SHARES
    }
    named = {"name": "fixed", "outcomes": outcomes, "headline": "sometimes"}
    return base.model_copy(update=named)


@lru_cache(maxsize=1)
def fixed() -> Ensemble:
    """An ensemble of numbers by formula: nothing is simulated, and nothing drawn at random."""
    runs, asked = RUNS_PER_DRAW * DRAWS, scenario()
    days = (asked.horizon.end - asked.horizon.start).days
    of_draw = np.repeat((np.arange(DRAWS) + 0.5) / DRAWS, RUNS_PER_DRAW)
    within = np.tile((np.arange(RUNS_PER_DRAW) + 0.5) / RUNS_PER_DRAW, DRAWS)
    first_day = np.full((len(SHARES), runs), -1, dtype=np.int16)
    for row, share in zip(first_day, SHARES.values(), strict=True):
        chance = np.minimum(2 * share * of_draw, 0.5 + share / 2)
        hit = within < chance
        row[hit] = (100 + (days - 120) * (within / chance)[hit] ** 1.5).astype(np.int16)
    weeks, edges = len(record_days(days)), np.linspace(-6.0, 6.0, 241)
    middles, time = (edges[1:] + edges[:-1]) / 2, np.linspace(0.0, 1.0, weeks)[:, None]
    density = np.exp(-(((middles + time) / (0.3 + time)) ** 2))
    waves = np.sin(np.arange(3) + 9 * time * (1 + np.arange(3))) - time
    return Ensemble(
        scenario=asked,
        seed=1,
        runs=runs,
        runs_per_draw=RUNS_PER_DRAW,
        outcomes=tuple(SHARES),
        first_day=first_day,
        parameters={},
        quantities={"pressure_works_at_end.US": (0.4 + ndtri(within) / 10).astype(np.float32)},
        move_counts=np.zeros((DRAWS, 2, 1), dtype=np.int64),
        joint_counts=np.zeros((DRAWS, 1), dtype=np.int64),
        histograms={"index": (1e4 * density).astype(np.int64)},
        edges={"index": edges},
        sample=Sample(
            np.arange(3), {"index": waves.astype(np.float32)}, np.empty(0, LOG_TYPE), NONE
        ),
        provenance={
            "versions": {"relsim-ir": "0"}, "scenario_hash": "f" * 16, "custom_rules": ["fixed"],
        },
        elapsed_seconds=0.0,
    )  # fmt: skip


def _events() -> list[Event]:
    """Ten years of moves by formula."""
    moves = ("impose_sanctions", "threaten", "goodwill_gesture", "propose_talks", "expel_diplomats")
    return [
        Event(
            date=date(2001, 1, 20) + timedelta(days=29 * number),
            actor=("US", "RU")[number % 3 % 2],
            target=("RU", "US")[number % 3 % 2],
            move=moves[number * number % 7 % 5],
            what="it happened", source="nobody", confidence=1, kind="recorded",
        )
        for number in range(120)
    ]  # fmt: skip


def _reliability(ax: Axes | None = None) -> Axes:
    said = (np.arange(200) + 0.5) / 200
    happened = (np.arange(200) * 7 % 200 + 0.5) / 200 < said
    found = reliability(said, happened, np.arange(200) // 10)
    # The band is found at random: here a plain one stands for it.
    low, high = (np.clip(found.said + away, 0, 1) for away in (-0.15, 0.15))
    return plots.reliability_diagram(replace(found, low=low, high=high), ax)


PICTURES: Mapping[str, Callable[[], Axes]] = {
    "outcomes": lambda: plots.outcomes(fixed()),
    "cumulative": lambda: plots.cumulative(fixed(), "sometimes"),
    "fan": lambda: plots.fan(fixed()),
    "distribution": lambda: plots.distribution(fixed(), "pressure_works_at_end.US"),
    "dots": lambda: plots.dots(fixed(), "sometimes"),
    "record": lambda: plots.record_timeline(_events(), scenario=scenario()),
    "reliability": _reliability,
}


def picture(figure: Figure) -> Image.Image:
    """What a figure looks like, drawn in all its pixels and then shrunk."""
    file = BytesIO()
    figure.savefig(file, format="png")
    whole = Image.open(file).convert("RGB")
    width, height = (round(side / SHRINK) for side in whole.size)
    return whole.resize((width, height), Image.Resampling.BOX)


def drawn(name: str) -> Figure:
    """One of `PICTURES`, drawn now."""
    figure = PICTURES[name]().get_figure(root=True)
    assert isinstance(figure, Figure)
    return figure


def difference(one: Image.Image, other: Image.Image) -> float:
    """The largest difference of two pictures after the blur, in levels of 0 to 255.

    Raises
    ------
    AssertionError
        If they differ by more than three pixels in a side; else both are cut to the smaller one.
    """
    assert np.abs(np.subtract(one.size, other.size)).max() <= 3, (one.size, other.size)
    size = np.minimum(one.size, other.size)
    levels = [
        gaussian_filter(np.asarray(p.convert("RGB"), dtype=float)[: size[1], : size[0]],
                        (BLUR, BLUR, 0))
        for p in (one, other)
    ]  # fmt: skip
    return float(np.abs(levels[0] - levels[1]).max())


def tolerance() -> float:
    """What two pictures may differ by, with the FreeType that is there."""
    here = ".".join(ft2font.__freetype_version__.split(".")[:2])
    return TOLERANCE if here == FREETYPE else ELSEWHERE


def stored(name: str) -> Image.Image:
    """The reference picture."""
    return Image.open(FOLDER / f"{name}.png")


def main() -> None:
    """Write the reference pictures."""
    FOLDER.mkdir(exist_ok=True)
    for name in PICTURES:
        few = picture(drawn(name)).quantize(COLOURS, dither=Image.Dither.NONE)
        few.save(FOLDER / f"{name}.png", optimize=True)
        print(FOLDER / f"{name}.png")


if __name__ == "__main__":
    main()
