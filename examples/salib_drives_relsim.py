"""SALib drives relsim: its Saltelli design says what to simulate, and its analysis follows.

relsim has indices of its own (`relsim drivers`). Another tool is wanted for other designs (Morris,
FAST) or because a paper asks for it. SALib gives rows of uniforms; each becomes a parameter vector
through the distributions of the scenario, all others at their medians, and is simulated eight
times. SALib takes the share of hits as the model's exact answer, so that its variance holds the
Monte Carlo noise as well: first-order effects come out too small, total effects of idle parameters
too large. The last two columns take that noise out.

    pip install relsim-ir[sensitivity]
    python examples/salib_drives_relsim.py
"""

from collections.abc import Mapping, Sequence

import numpy as np
from SALib.analyze import sobol
from SALib.sample import sobol as design

import relsim
from relsim.runs.jobs import Job, simulate_jobs
from relsim.simulate import Plan
from relsim.worlds.randomness.draws import DRAWS_PER_BATCH

OUTCOME = "signs_of_detente"
PATHS = ("dyad.rivalry", "actors.US.gain", "actors.US.trust_value")
EACH = 8  # runs of a parameter vector


def columns_of(
    scenario: relsim.Scenario, paths: Sequence[str], uniforms: np.ndarray
) -> dict[str, np.ndarray]:
    """Parameter values at uniforms (rows, paths), through the scenario's distributions."""
    values = scenario.parameters()
    return {
        path: values[path].distribution.quantile(column)
        for path, column in zip(paths, uniforms.T, strict=True)
    }


def at_medians(scenario: relsim.Scenario, but: Sequence[str]) -> relsim.Scenario:
    """The scenario with every uncertain number but some at its median."""
    return scenario.vary(
        {
            path: value.distribution.median
            for path, value in scenario.parameters().items()
            if value.constant is None and path not in but
        }
    )


class Given:
    """The columns that chunks are simulated with: row after row of the design, as draws are."""

    def __init__(self, values: Mapping[str, np.ndarray]) -> None:
        self.values = values

    def __call__(self, plan: Plan, chunks: Sequence[int]) -> dict[str, np.ndarray]:
        """Columns of the runs of chunks side by side, float32 (runs,)."""
        row = plan.draw_of_column(chunks)
        return {path: column[row].astype(np.float32) for path, column in self.values.items()}


def hits(scenario: relsim.Scenario, values: Mapping[str, np.ndarray], each: int) -> np.ndarray:
    """Share of runs in which the outcome came about, for each row of a design; (rows,)."""
    rows = len(next(iter(values.values())))
    whole = -(-rows // DRAWS_PER_BATCH) * DRAWS_PER_BATCH  # rows are simulated in batches of 64
    padded = {path: np.resize(column, whole) for path, column in values.items()}
    plan = Plan(scenario, seed=1, runs=whole * each, runs_per_draw=each, kept=())
    at = list(scenario.outcomes).index(OUTCOME)
    parts = dict(
        kept
        for _, kept in simulate_jobs(
            [Job(plan, Given(padded))], lambda result: (result.chunk, result.first_day[at] >= 0)
        )
    )
    happened = np.concatenate([parts[chunk] for chunk in sorted(parts)])
    return happened.reshape(-1, each, DRAWS_PER_BATCH).mean(axis=1).ravel()[:rows]


def main(base: int = 256, each: int = EACH) -> None:
    """Print first-order and total effects, as SALib has them and without Monte Carlo noise."""
    scenario = at_medians(relsim.load("us-russia-2021"), PATHS)
    problem = {"num_vars": len(PATHS), "names": list(PATHS), "bounds": [[0.0, 1.0]] * len(PATHS)}
    uniforms = design.sample(problem, base, calc_second_order=False, seed=1)
    shares = hits(scenario, columns_of(scenario, PATHS, uniforms), each)
    found = sobol.analyze(problem, shares, calc_second_order=False, seed=1)
    noise = float((shares * (1 - shares)).mean() / (each - 1) / shares.var())
    print(
        f"{OUTCOME}: {len(shares):,} parameter vectors, {each} runs each; noise makes {noise:.0%}"
    )
    print(f"{'parameter':24}{'first-order':>14}{'total':>16}{'without noise':>18}{'total':>8}")
    for name, s1, s1_error, st, st_error in zip(
        PATHS, found["S1"], found["S1_conf"], found["ST"], found["ST_conf"], strict=True
    ):
        # The noise of two rows is independent: it drops out of products, and not of squares.
        first, total = s1 / (1 - noise), (st - noise) / (1 - noise)
        both = f"{s1:7.2f} ± {s1_error:.2f}{st:9.2f} ± {st_error:.2f}"
        print(f"{name:24}{both}{first:16.2f}{total:8.2f}")


if __name__ == "__main__":
    main()
