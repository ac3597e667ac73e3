"""Does learning from the record work? Five checks, each of its parts kept as a line of a file.

``python -m benchmarks.learning CHECK [FOLDER] [PART...]`` does the parts that the folder does not
have yet, then prints what all of them say; FOLDER is ``learning-checks`` by default. Each part is a
line of JSON in ``FOLDER/CHECK.jsonl``, and takes some minutes of one core. The checks, and what is
wanted:

counts
    Simulated histories whose parameters are known: rows of each kind are as many as the likelihood
    lets expect.
recovery
    Simulated histories of eight years whose parameters are known: the 90% intervals of what the
    history identifies hold the truth .85 to .95 of the time.
rolling
    Each term from 1997 on, forecast from the record before it, scored by week and actor in the
    classes of `relsim.history.one_step`: better than the base rate by two standard errors, and not
    worse than EW4 by more than one.
thinning
    With half of the record the probability of the headline moves by less than .10.
seeds
    With other random numbers it moves by at most .03, and the log evidence by at most 2.

The settings are in the constants below. They are smaller than those of ``relsim calibrate``.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Collection, Iterator
from datetime import date, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

import numpy as np

from benchmarks.expected_counts import Counts, counted, residual
from relsim import calibrate_to_history, load, simulate
from relsim.array_types import Doubles
from relsim.history import packaged_record
from relsim.history.events import Event
from relsim.history.implied import as_known, units
from relsim.history.log_scores import WeeklyScores, compare_scores, score_table
from relsim.history.observed import record_of_run
from relsim.history.one_step import INAUGURATIONS, actor_moves, opponent_scores
from relsim.inference.calibrate.coordinates import Coordinates, coordinates_of
from relsim.inference.calibrate.history import HistorySetup, filtered, setup_of, years_before
from relsim.inference.calibrate.learning import distinct_rows
from relsim.inference.calibrate.own_scores import OwnScores, mixture_scores, own_scores
from relsim.inference.calibrate.past import past_of
from relsim.inference.calibrate.record_likelihood import Observation
from relsim.inference.calibrate.tempering import Tempered, temper
from relsim.runs.engine import simulate_chunks
from relsim.runs.plan import Plan
from relsim.scenario.schema import Scenario
from relsim.worlds.randomness.streams import Succession

PRIOR, PAST = "us-russia-2021-prior", "us-russia-1993"
Part = dict[str, Any]


class Settings(NamedTuple):
    """Of one calculation by tempering."""

    draws: int
    inner: int
    moves: int


def fitted(setup: HistorySetup, settings: Settings) -> Tempered:
    """Draws of the posterior given a record."""
    z = Succession(setup.seed, "draws of z").normals((settings.draws, len(setup.coordinates.names)))

    def of_record(at: Doubles, evaluation: int) -> Doubles:
        found = filtered(setup, at, setup.seed + 1_000_003 * (evaluation + 1)).log_likelihood
        return np.stack([np.zeros(len(at)), found], axis=1)

    return temper(of_record, z, seed=setup.seed, moves=settings.moves)


def about(done: Tempered) -> Part:
    """What a fit says of itself."""
    distinct, effective = distinct_rows(done.z)
    return {
        "log_evidence": done.log_evidence, "temperatures": len(done.steps), "distinct": distinct,
        "effective": effective, "fewest_ancestors": min(step.ancestors for step in done.steps),
        "acceptance_fitted": done.steps[-1].acceptance_fitted,
    }  # fmt: skip


# --- recovery ---------------------------------------------------------------------------------

HISTORIES = 20
RECOVERY = Settings(draws=512, inner=16, moves=4)
LED_FROM, SINCE, ERA, THROUGH = (
    date(2009, 1, 20), date(2013, 1, 20), date(2017, 1, 20), date(2021, 1, 12),
)  # fmt: skip
TRUTHS = 128  # histories simulated, of which the first usable ones are taken
USABLE = (40, 300)  # rows from `SINCE` on; the packaged record has 142
IDENTIFIED = 0.8  # of the prior's standard deviation
RARE = 5  # kinds of which fewer rows are expected in all are counted together
COPIES_OF_TRUTH = 64  # from which its likelihood is estimated
UNSCALED = ("accept_proposal", "reject_proposal")  # answers have no coding intensity


Usable = tuple[int, int]


class Truth(NamedTuple):
    """Parameters that are known, and the history that came of them."""

    z: dict[str, float]
    events: tuple[Event, ...]


def truths(
    number: int = TRUTHS, through: date = THROUGH, usable: Usable = USABLE
) -> Iterator[Truth]:
    """Histories of parameters drawn from the prior, of a usable size and without a rupture.

    That the size is chosen does not bias coverage: the posterior is conditional on the history, and
    so on anything that the history decides. The likelihood takes it that the ladder never stood at
    a rupture, at which nobody proposes anything. Given the history, its chance to stay below is
    that of rises from shows of force and collisions, which are recorded: the same for all
    parameters that are learned.

    Parameters
    ----------
    number : int
        Of histories that are simulated.
    through : date
        Their last day that counts.
    usable : (int, int)
        Fewest and most rows from `SINCE` on.
    """
    scenario, past = load(PRIOR), load(PAST)
    before = [event for event in packaged_record() if event.date < LED_FROM]
    end = through + timedelta(days=8)
    led = past_of(scenario, past, LED_FROM, end, before)
    of = coordinates_of(led, scenario.parameters(), 1 + (end > ERA), list(led.moves))
    z = Succession("recovery", "truths").normals((number, len(of.names)))
    scenario, given = with_intensity(led, of, z)
    plan = Plan(scenario, 1, number, 1, width=number, kept=tuple(range(number)), log_all=True)
    (result,) = simulate_chunks(plan, (0,), given)
    sample = result.sample
    rupture = str(scenario.ladder.rupture_at)
    for run in range(number):
        log = sample.log[sample.log["run"] == run]
        if any(
            sample.words.kinds[row["kind"]] == "ladder_rise"
            and sample.words.subjects[row["subject"]] == rupture
            for row in log
        ):
            continue
        events = record_of_run(log, sample.words, scenario, Observation().detected, seed=run)
        if usable[0] <= sum(event.date >= SINCE for event in events) <= usable[1]:
            yield Truth(dict(zip(of.names, z[run].tolist(), strict=True)), (*before, *events))


def setup_of_truth(truth: Truth, runs: int, seed: int, through: date = THROUGH) -> HistorySetup:
    """What there is to learn from a simulated history."""
    scenario = load(PRIOR)
    scenario = scenario.model_copy(
        update={"horizon": scenario.horizon.model_copy(update={"known_until": through})}
    )
    return setup_of(scenario, load(PAST), truth.events, SINCE, through, runs=runs, seed=seed)


def with_intensity(
    led: Scenario, of: Coordinates, z: Doubles
) -> tuple[Scenario, dict[str, np.ndarray]]:
    """The scenario, and parameters by which actors move ω times as often in each era.

    A record of intensity ω is one of actors that move so much more often, as in the likelihood,
    which leads its runs along what is recorded and nothing else.
    """
    values = of.values(z) | of.others(len(z))
    scales = np.exp(of.log_intensity(z))
    rates = [
        path
        for path in led.parameters()
        if path.startswith("moves.") and ".rate." in path and path.split(".")[1] not in UNSCALED
    ]
    later = {f"{path}@{ERA}": values[path] * scales[-1] for path in rates}
    given = values | {path: values[path] * scales[0] for path in rates} | later
    data = led.model_dump(mode="json", exclude_none=True, by_alias=True)
    for entry in data["calendar"]:
        if entry["date"] == str(ERA):
            entry["set"] |= dict.fromkeys(rates, "1")
    changed = Scenario.model_validate(data)
    return changed, {path: column.astype(np.float32) for path, column in given.items()}


def recovery(number: str, _: Path) -> Part:
    """Calibrate to one simulated history."""
    truth = list(truths())[int(number)]
    setup = setup_of_truth(truth, RECOVERY.inner, 1000 + int(number))
    done = fitted(setup, RECOVERY)
    names = setup.coordinates.names
    at_truth = filtered(setup, np.array([[truth.z[name] for name in names]] * COPIES_OF_TRUTH), 7)
    low, middle, high = np.quantile(done.z, (0.05, 0.5, 0.95), axis=0)
    columns = {
        name: [truth.z[name], low[k], middle[k], high[k], done.z[:, k].std()]
        for k, name in enumerate(names)
    }
    rows = sum(event.date >= SINCE for event in truth.events)
    of_truth = np.logaddexp.reduce(at_truth.log_likelihood) - np.log(COPIES_OF_TRUTH)
    likelier = np.mean(done.log_likelihood[:, 1] > at_truth.log_likelihood[0])
    return {
        "rows": rows, "log_likelihood_of_truth": float(of_truth), "likelier": float(likelier),
        "log_likelihood": float(done.log_likelihood[:, 1].mean()), **about(done),
        "coordinates": {name: [float(v) for v in row] for name, row in columns.items()},
    }  # fmt: skip


def recovered(parts: dict[str, Part]) -> Iterator[str]:
    """Coverage over all identified coordinates, its error by history, and each coordinate's."""
    covered: dict[str, list[bool]] = {}
    each, others = [], list[bool]()
    for part in parts.values():
        own = []
        for name, (truth, low, _, high, sd) in part["coordinates"].items():
            if sd < IDENTIFIED:
                covered.setdefault(name, []).append(low <= truth <= high)
                own.append(low <= truth <= high)
            else:
                others.append(low <= truth <= high)
        each.append((sum(own), len(own)))
    hits, counts = np.array(each, dtype=float).T
    share = hits.sum() / counts.sum()
    off = hits - share * counts
    error = np.sqrt((off**2).sum() * len(each) / max(len(each) - 1, 1)) / counts.sum()
    yield (
        f"{len(each)} histories: {share:.3f} of {counts.sum():.0f} intervals of identified "
        f"coordinates hold the truth, standard error {error:.3f} (by history); of the "
        f"{len(others)} others {np.mean(others):.3f}"
    )
    yield f"identified coordinates by history: {', '.join(f'{n:.0f}' for n in counts)}"
    yield f"covered, by history: {', '.join(f'{h / max(n, 1):.2f}' for h, n in each)}"
    yield "coordinate: times identified, times covered"
    for name, of in sorted(covered.items(), key=lambda one: -len(one[1])):
        yield f"{name:40} {len(of):3} {sum(of):3}"


# --- counts -----------------------------------------------------------------------------------

COUNTING = 64  # runs that are led along each history


def counts(number: str, _: Path) -> Part:
    """Count the rows of one simulated history, and what the likelihood lets expect of them."""
    truth = list(truths())[int(number)]
    found = counted(setup_of_truth(truth, COUNTING, 1), load(PRIOR), truth.z, int(number))
    return {"rows": dict(found.rows), "expected": dict(found.expected)}


def compared(parts: dict[str, Part]) -> Iterator[str]:
    """Each kind's rows and expectation over all histories, the least expected kinds as one."""
    total = Counts()
    for part in parts.values():
        total.rows.update(part["rows"])
        total.expected.update(part["expected"])
    rare = [kind for kind, number in total.expected.items() if number < RARE]
    for numbers in (total.rows, total.expected):
        others = sum(numbers.pop(kind, 0) for kind in rare)
        numbers["others"] = others
    yield f"{len(parts)} histories; kind: rows, expected, deviations above it"
    for kind, expected in sorted(total.expected.items()):
        rows = total.rows[kind]
        yield f"{kind:32} {rows:5} {expected:8.1f} {residual(rows, expected):+5.1f}"


# --- rolling ----------------------------------------------------------------------------------

FIRST, LAST = date(1993, 1, 1), date(2021, 4, 6)
TERMS = tuple(day.year for day in INAUGURATIONS[:-1])  # the last one goes on to `LAST`
MIDDLES = tuple(year + 2 for year in TERMS)  # fitted anew, so that enough draws stay effective
ROLLING = Settings(draws=512, inner=4, moves=4)
COPIES = 4  # of each draw, which differ in what a term draws anew
AT_ONCE = 1024  # draws that are led along together
WINDOW, LEAD_IN = 8, 4  # years
WEEK = 7


def first_week(day: date) -> date:
    """The first day of the first week of the grid that begins on a day or later."""
    return FIRST + timedelta(days=-(-(day - FIRST).days // WEEK) * WEEK)


def window_before(begin: date) -> date:
    """Where the record begins: eight years before, and so that the led weeks are the grid's."""
    since = max(FIRST, years_before(begin, WINDOW))
    while (max(FIRST, years_before(since, LEAD_IN)) - FIRST).days % WEEK:
        since += timedelta(days=1)
    return since


def rolling(year: str, _: Path) -> Part:
    """Fit to the record before a 20 January, go on to the end of the term, and score that."""
    scenario, past = load(PRIOR), load(PAST)
    term = date(int(year), 1, 20)
    begin = first_week(term)
    following = [date(later, 1, 20) for later in TERMS if later > term.year]
    end = first_week(following[0]) - timedelta(days=1) if following else LAST
    events = as_known(packaged_record(), begin)
    since = window_before(begin)
    setup = setup_of(
        scenario, past, events, since, begin - timedelta(days=1), runs=ROLLING.inner,
        seed=int(year),
    )  # fmt: skip
    done = fitted(setup, ROLLING)
    through = setup_of(scenario, past, events, since, end, runs=ROLLING.inner, seed=int(year))
    found = led_on(setup, through, scenario, done.z, term)
    first = (begin - through.past.horizon.start).days // WEEK
    scores, effective = mixture_scores(found, first)
    by_year = effective[::52].tolist()
    return {
        "first_week": str(begin), "since": str(since), "scores": scores.tolist(),
        "effective_by_year": by_year, "fewest_effective": float(effective.min()), **about(done),
    }  # fmt: skip


def led_on(
    setup: HistorySetup, through: HistorySetup, scenario: Scenario, z: Doubles, term: date
) -> OwnScores:
    """Copies of the fitted draws, led through the term; what is new in it is drawn from its prior.

    New are the gain of a president who comes with the term or later, the coding intensity of his
    years, and rates of moves that the record before the term did not have.
    """
    eras = len(through.record.eras)
    of = coordinates_of(through.past, scenario.parameters(), eras, list(through.past.moves))
    copies = np.repeat(z, COPIES, axis=0)
    drawn = Succession(setup.seed, "new in the term").normals((len(copies), len(of.names)))
    start = through.past.horizon.start
    new = {f"ln ω {k}" for k, day in enumerate(through.record.eras)
           if start + timedelta(days=day) >= term}  # fmt: skip
    for place, name in enumerate(setup.coordinates.names):
        when = name.partition("@")[2]
        if name not in new and not (when and date.fromisoformat(when) >= term):
            drawn[:, of.names.index(name)] = copies[:, place]
    parts = []
    for number, at in enumerate(np.array_split(drawn, -(-len(drawn) // AT_ONCE))):
        values = of.values(at) | of.others(len(at))
        parts.append(
            own_scores(
                through.past, through.record, through.observation, values, of.log_intensity(at),
                through.runs, setup.seed + 1_000_003 * (number + 1),
            )
        )  # fmt: skip
    return OwnScores(
        np.concatenate([one.own for one in parts], axis=-1),
        np.concatenate([one.weekly for one in parts], axis=-1),
    )


def rolled(parts: dict[str, Part]) -> Iterator[str]:
    """The model beside its opponents: by term, and over all terms done in a row."""
    rivals = opponent_scores(actor_moves(packaged_record(), FIRST, LAST))
    for year, part in parts.items():
        yield (
            f"{year}: {part['temperatures']} temperatures, {part['distinct']} distinct draws of "
            f"{ROLLING.draws}; effective of {ROLLING.draws * COPIES} copies, by year: "
            f"{', '.join(f'{n:.0f}' for n in part['effective_by_year'])}; log evidence before "
            f"{part['log_evidence']:.1f}"
        )
    done = [year for year in TERMS if str(year) in parts]
    for fits, how in ((TERMS, "fitted at the start of each term"),
                      ((*TERMS, *MIDDLES), "fitted in the middle of the term, too")):  # fmt: skip
        by_term = {year: of_term(year, parts, fits) for year in done}
        windows = [(year, year) for year in done]
        if tuple(done) == TERMS:
            windows += [(done[0], done[-1])]
        for one, other in windows:
            begin = date.fromisoformat(parts[str(one)]["first_week"])
            span = [by_term[year] for year in done if one <= year <= other]
            model = WeeklyScores(begin, np.concatenate(span))
            yield f"\n{how}, from {begin} to {model.last_day}"
            yield from table(model, rivals, begin, model.last_day)
        if TERMS[-1] in done:
            yield f"\n{how}, from 2019 on"
            begin = date.fromisoformat(parts[str(TERMS[-1])]["first_week"])
            model = WeeklyScores(begin, by_term[TERMS[-1]])
            yield from table(model, rivals, date(2019, 1, 1), model.last_day)


def of_term(year: int, parts: dict[str, Part], fits: Collection[int]) -> Doubles:
    """Scores of a term's weeks and actors, each from the latest of these fits before it."""
    scores = np.array(parts[str(year)]["scores"])
    middle = str(year + 2)
    if year + 2 in fits and middle in parts:
        later = np.array(parts[middle]["scores"])
        scores[-len(later) :] = later
    return scores


def table(
    model: WeeklyScores, rivals: dict[str, WeeklyScores], first: date, last: date
) -> Iterator[str]:
    """Gains on the base rate, and the model's on each of the others."""
    rows = compare_scores({**rivals, "model": model}, first, last)
    yield score_table(rows).text()
    for name in rivals:
        *_, row = compare_scores({name: rivals[name], "model": model}, first, last)
        yield f"model against {name}: {row.gain:+.1f} ± {row.error:.1f}"


# --- thinning and seeds -----------------------------------------------------------------------

HEADLINE = Settings(draws=256, inner=8, moves=5)
RUNS = 16_384
THINNED = ("whole", "1", "2")


def learned(folder: Path, name: str, seed: int, forecasts: bool, events: Collection[Event]) -> Part:
    """Calibrate, and find the headline's probability from what was learned."""
    found = calibrate_to_history(
        PRIOR, events=events, draws=HEADLINE.draws, inner_runs=HEADLINE.inner,
        moves=HEADLINE.moves, seed=seed, forecasts=forecasts, state=folder / f"{name}.npz",
    )  # fmt: skip
    with TemporaryDirectory() as place:
        scenario = load(found.save(Path(place, "learned.yaml"), PRIOR))
        ensemble = simulate(scenario, runs=RUNS, draws=HEADLINE.draws)
    headline = ensemble.probability("signs_of_detente")
    return {
        "headline": headline.value, "error": headline.mc_error,
        "log_evidence": found.log_evidence, "distinct": found.distinct,
        "effective": found.effective_draws, "temperatures": len(found.steps),
    }  # fmt: skip


def thinned(share: float, seed: int) -> tuple[Event, ...]:
    """Each thing that was noted stays with some chance, and with it what it implies."""
    whole = units(packaged_record())
    kept = Succession(seed, "thinned record").uniforms((len(whole),)) < share
    left = [
        event for unit, stays in zip(whole, kept, strict=True) if stays for event in unit.events
    ]
    order = {event: number for number, event in enumerate(packaged_record())}
    return tuple(sorted(left, key=order.__getitem__))


def thinning(name: str, folder: Path) -> Part:
    """The whole record, or half of it."""
    events = packaged_record() if name == "whole" else thinned(0.5, int(name))
    state = "whole-1" if name == "whole" else f"half-{name}"
    return {"events": len(events), **learned(folder, state, 1, False, events)}


def seeds(name: str, folder: Path) -> Part:
    """The record and the forecasts, with one seed."""
    return learned(folder, f"whole-{name}", int(name), True, packaged_record())


def headlines(parts: dict[str, Part]) -> Iterator[str]:
    """A line for each part."""
    for name, part in parts.items():
        yield (
            f"{name}: headline {part['headline']:.3f} ± {part['error']:.3f}, log evidence "
            f"{part['log_evidence']:.1f}, {part['temperatures']} temperatures, "
            f"{part['distinct']} distinct draws, {part['effective']:.0f} effective"
        )


# ----------------------------------------------------------------------------------------------


class Check(NamedTuple):
    """One check: its parts, what does one, and what all of them say."""

    parts: tuple[str, ...]
    do: Callable[[str, Path], Part]
    say: Callable[[dict[str, Part]], Iterator[str]]


CHECKS = {
    "counts": Check(tuple(map(str, range(HISTORIES))), counts, compared),
    "recovery": Check(tuple(map(str, range(HISTORIES))), recovery, recovered),
    "rolling": Check(tuple(map(str, (*TERMS, *MIDDLES))), rolling, rolled),
    "thinning": Check(THINNED, thinning, headlines),
    "seeds": Check(("1", "2"), seeds, headlines),
}


def read(file: Path) -> dict[str, Part]:
    """The parts that are done."""
    lines = file.read_text("utf-8").splitlines() if file.exists() else []
    return {one["part"]: one for one in map(json.loads, lines)}


def main(check: str, folder: str = "learning-checks", *parts: str) -> None:
    """Do the parts that are not done yet, and print what all of them say."""
    asked, file = CHECKS[check], Path(folder, f"{check}.jsonl")
    file.parent.mkdir(parents=True, exist_ok=True)
    for part in parts or asked.parts:
        if part not in read(file):
            before = os.times()
            found = asked.do(part, file.parent)
            spent = os.times().user - before.user
            with file.open("a", encoding="utf-8") as lines:
                lines.write(json.dumps({"part": part, **found, "seconds": round(spent)}) + "\n")
            print(f"{check} {part}: {spent:.0f} s", file=sys.stderr, flush=True)
    done = read(file)
    for line in asked.say({part: done[part] for part in asked.parts if part in done}):
        print(line)


if __name__ == "__main__":
    main(*sys.argv[1:])
