"""Where a scenario's numbers come from, and which of them have influence.

A parameter without influence needs no source, and one that should have some is a defect. To find
out, each is shifted far, and some record of its runs must change.

Runs do not touch each other, and keep their random streams whatever their parameters are. So many
parameters are tried in one chunk, each in runs of its own: in these alone it is shifted, and if one
of them differs from the same run of the unchanged chunk, the parameter has influence. What is not
seen to move anything is tried again in more runs, since some mechanisms are rare.
"""

from __future__ import annotations

import os
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from hashlib import blake2b
from itertools import islice

import numpy as np
import numpy.typing as npt

from relsim.array_types import Booleans, Floats
from relsim.errors import ScenarioError
from relsim.runs.chunk_result import ChunkResult
from relsim.runs.engine import simulate_chunk
from relsim.runs.jobs import Progress
from relsim.runs.plan import Plan
from relsim.scenario.actors import Actor
from relsim.scenario.canonical import scenario_hash
from relsim.scenario.fields.values import ORIGINS, Number, Value
from relsim.scenario.schema import Scenario, scenario_of
from relsim.worlds.parameters import parameter_columns
from relsim.worlds.randomness.draws import DRAWS_PER_BATCH, draw_of_all_runs

__all__ = ["Audit", "Provenance", "audit", "moved", "parameters_without_influence", "plan_of"]


WIDTH = 2048  # runs of a chunk
FEW = 64  # runs enough for what all of a term hangs on
# Runs for each parameter, in turn: most need few, a text that saves a treaty thousands, for which
# a whole chunk is simulated with one seed after the other.
ROUNDS = (8, 64, 512, WIDTH)
SEEDS = (1, 2, 3, 4)
ENDS = np.array([0.999, 0.001])


@dataclass(frozen=True)
class Provenance:
    """One parameter and what it rests on.

    Attributes
    ----------
    parameter : str
        Dotted path.
    value : str
        As written, with the unit in which it was written.
    unit : str
        The unit in which the engine takes it.
    source, reference, why : str or None
    origin : str or None
        How the number came about, one of `relsim.scenario.fields.values.ORIGINS`: its own
        origin, else that of its source.
    claims : tuple of str
    """

    parameter: str
    value: str
    unit: str
    source: str | None
    origin: str | None
    claims: tuple[str, ...]
    reference: str | None
    why: str | None


@dataclass(frozen=True)
class Audit:
    """The provenance of a scenario.

    Attributes
    ----------
    scenario, scenario_hash : str
    parameters : tuple of Provenance
    sources : dict of source to int
        How many parameters name each source.
    origins : dict of origin to int
        How many parameters are published, counted, fitted, judged.
    unexplained : tuple of str
        Parameters without an origin.
    cited : dict of claim to tuple of str
        Dotted paths of what cites each claim.
    uncited : tuple of str
        Claims of the sources that nothing cites, but those left aside.
    aside : dict of claim to str
        Why the scenario leaves a claim aside.
    unsourced : tuple of str
        Parameters with neither source nor reference.
    unused_sources : tuple of str
        Sources that nothing names.
    dead : tuple of str or None
        Parameters that move nothing though they should; None if that was not tried.
    resting : dict of parameter to str
        Why a parameter has nothing to move; empty if that was not tried.
    """

    scenario: str
    scenario_hash: str
    parameters: tuple[Provenance, ...]
    sources: dict[str, int]
    origins: dict[str, int]
    unexplained: tuple[str, ...]
    cited: dict[str, tuple[str, ...]]
    uncited: tuple[str, ...]
    aside: dict[str, str]
    unsourced: tuple[str, ...]
    unused_sources: tuple[str, ...]
    dead: tuple[str, ...] | None
    resting: dict[str, str]

    @property
    def defects(self) -> dict[str, tuple[str, ...]]:
        """What is missing, by kind; kinds of which nothing was found are left out."""
        kinds = {
            "claims that nothing cites": self.uncited,
            "parameters without a source": self.unsourced,
            "parameters without an origin": self.unexplained,
            "sources that nothing names": self.unused_sources,
            "parameters that move nothing": self.dead or (),
        }
        return {kind: found for kind, found in kinds.items() if found}

    def to_json(self) -> dict[str, object]:
        """Plain data (format relsim.sources/1)."""
        return {"format": "relsim.sources/1", **asdict(self)}


def audit(
    scenario: Scenario | str | os.PathLike[str],
    influence: bool = True,
    progress: Progress | None = None,
) -> Audit:
    """List what each number of a scenario rests on, and what is missing.

    Parameters
    ----------
    scenario : Scenario, or str or path
        Or the name of a packaged one, or its file.
    influence : bool
        Also shift every parameter to see whether anything depends on it (some ten seconds).
    progress : callable, optional
        Called with the numbers of parameters tried and in all.
    """
    scenario = scenario_of(scenario)
    of_source = {name: source.origin for name, source in scenario.sources.items()}
    rows = tuple(
        Provenance(
            parameter=path,
            value=str(value),
            unit=value.unit,
            source=value.source,
            origin=value.origin or of_source.get(value.source or ""),
            claims=value.claim,
            reference=value.reference,
            why=value.why,
        )
        for path, value in scenario.parameters().items()
    )
    cited = defaultdict[str, list[str]](list)
    for path, claim in scenario.claims():
        cited[claim].append(path)
    known = [claim for source in scenario.sources.values() for claim in source.claims]
    numbers, origins = Counter(row.source for row in rows), Counter(row.origin for row in rows)
    named = {*numbers, *scenario.sources_of_entries()}
    asides = [source.aside or {} for source in scenario.sources.values()]
    aside = {claim: why for of_one in asides for claim, why in of_one.items()}
    dead = parameters_without_influence(scenario, progress) if influence else None
    lapsed = {path: why for path, why in _lapsed(scenario).items() if path in (dead or ())}
    return Audit(
        scenario=scenario.name,
        scenario_hash=scenario_hash(scenario),
        parameters=rows,
        sources={name: numbers[name] for name in scenario.sources},
        origins={origin: origins[origin] for origin in ORIGINS},
        unexplained=tuple(row.parameter for row in rows if row.origin is None),
        cited={claim: tuple(cited[claim]) for claim in known if claim in cited},
        uncited=tuple(claim for claim in known if claim not in {**cited, **aside}),
        aside=aside,
        unsourced=tuple(r.parameter for r in rows if not (r.source or r.reference)),
        unused_sources=tuple(name for name in scenario.sources if name not in named),
        dead=None if dead is None else tuple(path for path in dead if path not in lapsed),
        resting=lapsed,
    )


def _lapsed(scenario: Scenario) -> dict[str, str]:
    """Numbers about treaties that are over before anybody chooses, and why they move nothing."""
    horizon = scenario.horizon
    begins = horizon.known_until or horizon.start
    over = {
        name: f"{treaty.name} expires on {treaty.expires}, before anybody could leave it"
        for name, treaty in scenario.treaties.items()
        if treaty.expires is not None and treaty.expires <= begins
    }
    about = {f"treaties.{name}.": why for name, why in over.items()}
    about |= {
        f"moves.{name}.": over[move.treaty]
        for name, move in scenario.moves.items()
        if move.treaty in over
    }
    return {
        path: why
        for path in scenario.parameters()
        for beginning, why in about.items()
        if path.startswith(beginning)
    }


@dataclass(frozen=True)
class Unchanged:
    """A chunk as the scenario has it: its parameters, one number a run, and its record."""

    plan: Plan
    columns: dict[str, Floats]
    record: ChunkResult


def plan_of(scenario: Scenario, width: int, seed: int = 1) -> Plan:
    """One chunk of 64 draws, with every record kept."""
    per_draw = width // DRAWS_PER_BATCH
    return Plan(scenario, seed, width, per_draw, width=width, kept=tuple(range(width)))


def unchanged(scenario: Scenario, width: int = WIDTH, seed: int = 1) -> Unchanged:
    """Simulate a chunk with nothing shifted."""
    plan = plan_of(scenario, width, seed)
    drawn = parameter_columns(scenario, seed, draw_of_all_runs(width, plan.runs_per_draw))
    # Numbers that all runs share become columns too, so that a shift changes no array's shape.
    columns = {path: np.broadcast_to(column, width).copy() for path, column in drawn.items()}
    return Unchanged(plan, columns, simulate_chunk(plan, 0, columns))


def shifts(scenario: Scenario, path: str, value: Value) -> list[float]:
    """Two numbers far from a parameter, within its bounds if there are any such.

    The ends of its distribution; for a number that is certain, some way off it.
    """
    number = value.constant
    if number is None:
        return [float(end) for end in value.distribution.quantile(ENDS)]
    tries = (2 * number, number / 2, number + 1, number - 1)
    fitting = (new for new in tries if new != number and fits(scenario, path, new))
    return list(islice(fitting, 2))


def fits(scenario: Scenario, path: str, number: float) -> bool:
    """Whether the scenario would still be valid."""
    try:
        scenario.vary({path: number})
    except ScenarioError:
        return False
    return True


def moved(one: ChunkResult, other: ChunkResult) -> Booleans:
    """Runs of which any record differs, shape (runs,)."""
    differing = (one.first_day != other.first_day).any(axis=0)
    pairs = (one.quantities, other.quantities), (one.sample.series, other.sample.series)
    for mine, theirs in pairs:
        for name, values in mine.items():
            same = (values == theirs[name]) | (np.isnan(values) & np.isnan(theirs[name]))
            differing |= ~np.atleast_2d(same).all(axis=0)
    runs = differing.size
    return np.asarray(differing | (tally(one, runs) != tally(other, runs)))


def tally(result: ChunkResult, runs: int) -> npt.NDArray[np.uint64]:
    """A number for all that happened in each run, shape (runs,); like logs give like numbers."""
    sums = np.zeros(runs, dtype=np.uint64)
    for entry in result.log:
        words = repr((entry.day, entry.kind, entry.actor, entry.subject)).encode()
        digest = blake2b(words, digest_size=8).digest()
        sums[entry.runs] += np.uint64(int.from_bytes(digest, "little"))
    return sums


def moving_together(base: Unchanged, paths: Sequence[str], runs: int) -> Iterator[str]:
    """Yield those of the paths that move something, each tried in `runs` runs of its own."""
    values = base.plan.scenario.parameters()
    given = dict(base.columns)
    for number, path in enumerate(paths):
        far = shifts(base.plan.scenario, path, values[path])
        if far:
            given[path] = base.columns[path].copy()
            given[path][number * runs : (number + 1) * runs] = np.resize(far, runs)
    differing = moved(simulate_chunk(base.plan, 0, given), base.record)
    for number, path in enumerate(paths):
        if differing[number * runs : (number + 1) * runs].any():
            yield path


def moves_alone(base: Unchanged, path: str) -> bool:
    """Whether a number that the whole chunk shares moves something."""
    scenario = base.plan.scenario
    variants = (
        scenario.vary({path: far}) for far in shifts(scenario, path, scenario.parameters()[path])
    )
    records = (simulate_chunk(plan_of(variant, base.plan.width), 0) for variant in variants)
    return any(moved(record, base.record).any() for record in records)


def shared(scenario: Scenario) -> set[str]:
    """Parameters that are no column, since all runs share them: an actor's days of review."""
    keys = [
        name
        for name, field in Actor.model_fields.items()
        if any(isinstance(note, Number) and note.fixed for note in field.metadata)
    ]
    return {f"actors.{actor}.{key}" for actor in scenario.actors for key in keys}


def rounds(scenario: Scenario) -> Iterator[tuple[Unchanged, int]]:
    """Yield unchanged chunks, and in how many of their runs to try each parameter."""
    for seed in SEEDS:
        base = unchanged(scenario, seed=seed)
        for runs in ROUNDS if seed == SEEDS[0] else ROUNDS[-1:]:
            yield base, runs


def parameters_without_influence(
    scenario: Scenario,
    progress: Progress | None = None,
    paths: Sequence[str] | None = None,
) -> tuple[str, ...]:
    """Parameters that move nothing, in the order of the schema.

    Parameters
    ----------
    scenario : Scenario
        Whose parameters are tried.
    progress : callable, optional
        Called with the numbers of parameters judged and in all.
    paths : sequence of str, optional
        The parameters to try; all by default.

    Notes
    -----
    A parameter counts as without influence if it moves nothing in 8,192 runs, shifted to the 0.1%
    and the 99.9% point of its distribution in half of them each.
    """
    wanted = tuple(scenario.parameters()) if paths is None else tuple(paths)
    common = shared(scenario)
    waiting = [path for path in wanted if path not in common]
    found: set[str] = set()
    if alone := [path for path in wanted if path in common]:
        base = unchanged(scenario, FEW)
        found |= {path for path in alone if moves_alone(base, path)}
    for base, runs in rounds(scenario):
        tried, waiting, room = waiting, [], WIDTH // runs
        for first in range(0, len(tried), room):
            group, later = tried[first : first + room], tried[first + room :]
            moving = set(moving_together(base, group, runs))
            found |= moving
            waiting += [path for path in group if path not in moving]
            if progress is not None:
                progress(len(wanted) - len(waiting) - len(later), len(wanted))
        if not waiting:
            break
    if progress is not None:
        progress(len(wanted), len(wanted))
    return tuple(path for path in wanted if path not in found)
