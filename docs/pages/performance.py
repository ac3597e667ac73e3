"""How fast relsim is, and how much memory it takes, beside what it should reach.

`make bench` measures; `python -m docs.pages.performance relsim-out/bench.jsonl` keeps the numbers
in docs/pages/performance.json and draws docs/figures/scaling.png; `python -m docs.build` makes the
page of what is kept.
"""

from __future__ import annotations

import json
import statistics
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from docs.pages.markdown import note, table

KEPT = Path(__file__).with_suffix(".json")
FIGURE = Path(__file__).parents[1] / "figures" / "scaling.png"
COMMAND = "make bench"
UNMEASURED = "not measured"
SIDES = {"simpy": "plain SimPy", "mesa": "Mesa", "agentpy": "AgentPy", "numba": "scalar Numba"}

Line = Mapping[str, Any]

INTRODUCTION = """
# Performance

`make bench` measures what stands here and makes this page. Whatever is compared runs in turns
within one process or one script, so that a busy moment slows all sides alike; numbers are medians
over the rounds. Where one process computes, seconds are of the processor; where several do, or a
user waits, of the clock.

The figures are of the version before an actor could make several moves at a review. That costs 1.36
to 1.51 times the processor time of a chunk ([decision
18](decisions/0018-several-moves-a-review.md)), which is not in them yet.

{machine}{rounds}

## Goals

"""

SIDES_TEXT = """
## What each side did

- **Floor.** The random numbers, exponentials and matrix products of four chunks of 8,192 runs, as
  they are simulated side by side over the four-year baseline, at the same shapes, and nothing else:
  no state, no masks, no record. The simulation is timed without recorder, monitors and store, which
  have rows of their own below. Seconds are a chunk's.
- **Peers.** The same model one run at a time, in `benchmarks/peers`, of the same parameters, by the
  advice of each library's own guides. A peer is timed only after its counts of moves and
  probabilities of outcomes agree with relsim's within error. relsim's time holds the drawing of
  parameters, and weekly histograms, which the peers do not make.
- **Workers.** Sixteen chunks of the baseline: in one process; by two processes of a pool that
  stands already; by two threads. To start a pool takes {start}.
- **A million runs.** `simulate` into a folder, with every outcome's estimate, two workers, watched
  from outside: the proportional set sizes of parent and workers, summed.
- **Cold start.** New processes, from the command to its end; the run is the default one, 32,768
  runs, with figures.
- **Lines.** One process; against horizon and draws at 32,768 runs, against runs and draws over one
  year.
"""

FIGURE_TEXT = """
## Cost against horizon, runs, draws

![Seconds against horizon, runs and draws, each with its fitted line](figures/scaling.png)

"""


class Goal(NamedTuple):
    """A figure, what it should be, and what it was."""

    figure: str
    goal: str
    measured: str
    met: bool | None

    def cells(self) -> tuple[str, str, str, str]:
        """A row of the table."""
        verdict = {True: "yes", False: "**no**", None: "–"}[self.met]
        return self.figure, self.goal, self.measured, verdict


class Found:
    """The lines of the benchmarks, by name."""

    def __init__(self, lines: Sequence[Line]) -> None:
        self._lines = lines

    def all(self, benchmark: str, **wanted: object) -> list[Line]:
        """Lines of a benchmark that have these entries."""
        return [
            line
            for line in self._lines
            if line["benchmark"] == benchmark and wanted.items() <= line.items()
        ]

    def one(self, benchmark: str, **wanted: object) -> Line | None:
        """The last such line, if there is any."""
        found = self.all(benchmark, **wanted)
        return found[-1] if found else None


def goal(
    figure: str,
    aim: str,
    line: Line | None,
    measured: Callable[[Line], str],
    met: Callable[[Line], bool],
) -> Goal:
    """A row, of a line that may be missing."""
    if line is None:
        return Goal(figure, aim, UNMEASURED, None)
    return Goal(figure, aim, measured(line), met(line))


def goals(found: Found) -> Iterator[Goal]:
    """All goals, in the order of importance."""
    yield goal(
        "simulation of the baseline against its floor, one core", "at most 3 ×",
        found.one("floor"), lambda f: f"{f['ratio']:.2f} ×", lambda f: f["ratio"] <= f["goal"],
    )  # fmt: skip
    for peer, name in SIDES.items():
        aim = "faster" if peer == "numba" else "at least 100 × faster"
        yield goal(
            f"against the same model in {name}, one core each", aim,
            found.one("peers", peer=peer), lambda p: compared(p["ratio_to_relsim"]),
            lambda p: p["ratio_to_relsim"] >= p["goal"],
        )  # fmt: skip
    yield goal(
        "two worker processes against one", "at least 1.8 ×",
        found.one("workers"), lambda w: f"{w['ratio']:.2f} ×", lambda w: w["ratio"] >= w["goal"],
    )  # fmt: skip
    million = found.one("memory", runs=1_000_000, short=False, stored=True)
    yield goal(
        "1,000,000 runs into a folder, two workers", "under 20 s",
        million, lambda m: f"{m['seconds']:.0f} s", lambda m: m["seconds"] < 20,
    )  # fmt: skip
    for line in found.all("memory", short=False, stored=True) or [None]:
        what = f"of {line['runs']:,} runs" if line else "of 100,000 to 10,000,000 runs"
        yield goal(
            f"peak memory {what}, parent and workers", "under 1 GiB",
            line, lambda m: mebibytes(m["peak_bytes"]), lambda m: m["peak_bytes"] < m["goal"],
        )  # fmt: skip
    for line in found.all("storing"):
        few, many = line["chunks"]
        yield goal(
            f"to store a chunk when {many:,} are stored, against {few:,}", "at most 1.5 ×",
            line, lambda s: f"{s['ratio']:.2f} ×", lambda s: s["met"],
        )  # fmt: skip
    for what, aim in (("relsim run us-russia-2021", 5), ("relsim --help", 0.3)):
        yield goal(
            f"`{what}`, cold start", f"under {aim:g} s",
            found.one("cold_start", what=what), lambda c: f"{c['median']:.2f} s",
            lambda c: c["median"] < c["goal"],
        )  # fmt: skip
    for against in ("horizon", "runs", "draws"):
        yield goal(
            f"cost against {against}", "a line, R² at least .99",
            found.one("scaling", against=against), lambda s: f"R² = {s['r_squared']:.4f}",
            lambda s: s["r_squared"] >= s["goal"],
        )  # fmt: skip


def times(ratio: float) -> str:
    """A ratio in as many digits as it is worth."""
    return f"{ratio:.0f} ×" if ratio >= 10 else f"{ratio:.1f} ×"


def compared(ratio: float) -> str:
    """Whether relsim is faster, and by how much."""
    return f"{times(ratio)} faster" if ratio >= 1 else f"{times(1 / ratio)} slower"


def mebibytes(number: float) -> str:
    """Bytes for people."""
    return f"{number / 2**20:,.0f} MiB"


def page(lines: Sequence[Line] | None = None) -> str:
    """The page, as Markdown, from the lines that are kept or those that are given."""
    found = Found(kept() if lines is None else lines)
    rows = [row.cells() for row in goals(found)]
    workers = found.one("workers")
    start = f"{workers['seconds_to_start_a_pool']:.1f} s" if workers else "a second or two"
    return "".join(
        [
            note(COMMAND),
            INTRODUCTION.lstrip().format(machine=machine(found), rounds=rounds(found)),
            table(("figure", "goal", "measured", "met"), rows, right="measured"),
            SIDES_TEXT.format(start=start),
            *details(found),
        ]
    )


def machine(found: Found) -> str:
    """What it was measured on, in a sentence."""
    about = found.one("machine")
    if about is None:
        return "Nothing has been measured yet."
    versions = ", ".join(f"{name} {number}" for name, number in about["versions"].items())
    return (
        f"Measured on {about['cpu']}, {about['cores']} cores, {about['system']}, Python "
        f"{about['python']}, {versions}."
    )


def rounds(found: Found) -> str:
    """How many rounds there were at the least."""
    lines = [line["seconds"] for line in (*found.all("peers"), *found.all("cold_start"))]
    for line in (*found.all("floor"), *found.all("workers")):
        lines += list(line["seconds"].values())
    lines += [each for line in found.all("scaling") for each in line["seconds"]]
    return f" There were {min(map(len, lines))} rounds or more." if lines else ""


def details(found: Found) -> Iterator[str]:
    """Tables of what lies behind the goals."""
    if floor := found.one("floor"):
        yield "\n## Behind the chunk\n\nTime of 8,192 runs, against the floor's.\n\n"
        rows = [
            (name, f"{statistics.median(floor['seconds'][name]):.3f} s", f"{ratio:.2f} ×")
            for name, ratio in floor["ratios"].items()
        ]
        yield table(("side", "seconds", "against the floor"), rows, right="seconds")
    if peers := found.all("peers"):
        yield "\n## Runs a second, one core\n\n"
        rows = [
            (SIDES.get(line["peer"], line["peer"]), line["version"],
             f"{line['runs_per_second']:,.0f}",
             "–" if line["peer"] == "relsim" else compared(line["ratio_to_relsim"]))
            for line in peers
        ]  # fmt: skip
        yield table(("side", "version", "runs a second", "relsim is"), rows)
    if workers := found.one("workers"):
        yield "\n## Workers\n\n"
        medians = {name: statistics.median(each) for name, each in workers["seconds"].items()}
        rows = [(name, f"{median:.2f} s") for name, median in medians.items()]
        yield table((f"{workers['runs']:,} runs by", "seconds"), rows)
    if memory := found.all("memory"):
        yield "\n## Memory\n\n"
        rows = [
            (f"{line['runs']:,}", mebibytes(line["peak_bytes"]),
             mebibytes(line["peak_bytes_of_parent"]), f"{line['seconds']:.0f} s")
            for line in memory
        ]  # fmt: skip
        yield table(("runs", "peak in all", "peak of the parent", "seconds"), rows)
    if scaling := found.all("scaling"):
        yield FIGURE_TEXT
        rows = [
            (line["against"], " · ".join(f"{at:g}" for at in line["at"]),
             " · ".join(f"{median:.2f}" for median in line["medians"]), f"{line['r_squared']:.4f}")
            for line in scaling
        ]  # fmt: skip
        yield table(("against", "at", "seconds", "R²"), rows)


def kept() -> list[Line]:
    """The lines that were measured last."""
    found: list[Line] = json.loads(KEPT.read_text("utf-8"))["lines"]
    return found


def draw(lines: Sequence[Line], file: Path) -> None:
    """Draw cost against horizon, runs and draws, each with its fitted line."""
    from matplotlib.figure import Figure

    from docs.shrink import shrink
    from relsim.plots.paper import inside
    from relsim.plots.style import BLACK, BLUE, DPI

    figure = Figure(figsize=(9.0, 3.4), layout="constrained")
    found = Found(lines).all("scaling")
    for ax, line in zip(figure.subplots(1, len(found), squeeze=False)[0], found, strict=True):
        at, ends = line["at"], [0.0, max(line["at"])]
        ax.plot(ends, [line["intercept"] + line["slope"] * x for x in ends], color=BLUE, lw=1.5)
        for x, taken in zip(at, line["seconds"], strict=True):
            ax.plot([x] * len(taken), taken, "_", color=inside(ax).faint, ms=9)
        ax.plot(at, line["medians"], "o", color=BLACK, ms=5)
        ax.set_title(f"{line['against']}: R² = {line['r_squared']:.4f}", fontsize=11, loc="left")
        ax.set_xlabel(line["unit"])
        ax.set_xlim(0, 1.08 * ends[1])
        ax.set_ylim(0, 1.15 * max(max(taken) for taken in line["seconds"]))
        ax.xaxis.get_major_locator().set_params(nbins=4)
        ax.xaxis.set_major_formatter(lambda x, _: f"{x:,g}")
        ax.spines[["top", "right"]].set_visible(False)
    figure.axes[0].set_ylabel("seconds of one core")
    straight = all(line["r_squared"] >= line["goal"] for line in found)
    finding = "Cost is a line in" if straight else "Cost is no line in one of"
    figure.suptitle(
        f"{finding} horizon, runs and draws (us-russia-2021; medians, rounds, fit)",
        fontsize=12, x=0.01, ha="left",
    )  # fmt: skip
    figure.savefig(file, dpi=DPI)
    shrink(file, file)


def main(arguments: Sequence[str] | None = None) -> int:
    """Keep the lines of a file of benchmarks, draw the figure, make the page."""
    from docs import build

    words = sys.argv[1:] if arguments is None else list(arguments)
    if len(words) != 1:
        print("usage: python -m docs.pages.performance relsim-out/bench.jsonl", file=sys.stderr)
        return 2
    text = Path(words[0]).read_text("utf-8").splitlines()
    lines = [json.loads(line) for line in text if line.startswith("{")]
    KEPT.write_text(json.dumps({"lines": lines}, indent=1) + "\n", "utf-8")
    if Found(lines).all("scaling"):
        draw(lines, FIGURE)
    (build.DOCS / "performance.md").write_text(page(lines), "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
