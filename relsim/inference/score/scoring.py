"""Forecast records scored by what happened, beside reference forecasts."""

from __future__ import annotations

import datetime
import os
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace

import numpy as np

from relsim.array_types import Doubles
from relsim.brief import Brief
from relsim.errors import UsageError
from relsim.inference.score.corp import FEWEST, Reliability, reliability
from relsim.inference.score.crowds import Crowd, read_crowds
from relsim.inference.score.frozen import (
    Asked,
    Frozen,
    Record,
    read_record,
    scenario_of_record,
)
from relsim.inference.score.references import references_of
from relsim.inference.score.resolutions import VOID, Resolution, read_resolutions
from relsim.inference.score.scoring_rules import (
    brier,
    crps,
    crps_of_date,
    log_score,
    ranked_probability,
    unresolvable,
)
from relsim.worlds.randomness.streams import Succession

__all__ = [
    "FEWEST_SCENARIOS", "RULES_OF_OUTCOMES", "ScoredNumber", "ScoredOutcome", "Scores", "Skill",
    "check_days", "frozen_with_references", "names_asked", "score", "scored",
]  # fmt: skip

FORMAT = "relsim.score/1"
FEWEST_SCENARIOS = 5  # from which on a bootstrap over scenarios says anything
RESAMPLES = 2_000
RULES_OF_OUTCOMES = ("brier", "log", "rps", "crps_days")
PARTS = 100  # of a term, for a reference that has no dates of its own


@dataclass(frozen=True)
class Marks:
    """The scores of one forecast; the lower, the better.

    Attributes
    ----------
    brier, log : float
        The log score in nats.
    rps, crps_days : float or None
        Of when it comes about: by year of the term, or never; and in days. None if the record has
        no dates, or the resolution does not say when.
    """

    brier: float
    log: float
    rps: float | None
    crps_days: float | None


@dataclass(frozen=True, repr=False)
class ScoredOutcome(Brief):
    """A forecast of an outcome, and what became of it.

    Attributes
    ----------
    scenario, outcome : str
    as_of : date
        The day that the forecast is of.
    probability : float
    happened : bool
    answered : date or None
        When the answer was known.
    early : bool
        Whether it was answered before the last day of its term, which only one answer could be.
    clipped : bool
        Whether its log score was taken at the smallest probability that its draws can tell from 0.
    marks : Marks
    references : dict of (float, Marks)
        By name: the probability of each reference forecast, and its marks.
    """

    scenario: str
    outcome: str
    as_of: datetime.date
    probability: float
    happened: bool
    answered: datetime.date | None
    early: bool
    clipped: bool
    marks: Marks
    references: dict[str, tuple[float, Marks]]


@dataclass(frozen=True, repr=False)
class ScoredNumber(Brief):
    """A forecast of a quantity, and what it came to.

    Attributes
    ----------
    scenario, quantity : str
    as_of : date
    median, observed : float
    crps : float
        In the quantity's own unit.
    """

    scenario: str
    quantity: str
    as_of: datetime.date
    median: float
    observed: float
    crps: float


@dataclass(frozen=True)
class Skill:
    """The forecasts beside one reference, on the questions for which there is one.

    Attributes
    ----------
    reference, rule : str
        The rule is one of `RULES_OF_OUTCOMES`.
    questions, scenarios : int
    score, reference_score : float
        Means over the questions.
    skill : float or None
        1 − score / reference_score: 1 for perfect forecasts, 0 for none better, below 0 for worse
        ones; None if the reference is perfect. Of the log score, which has no natural scale for a
        ratio, reference_score − score: the gain in nats a forecast.
    interval_90 : (float, float) or None
        By bootstrap over scenarios, whose questions hang together; None under `FEWEST_SCENARIOS`.
    """

    reference: str
    rule: str
    questions: int
    scenarios: int
    score: float
    reference_score: float
    skill: float | None
    interval_90: tuple[float, float] | None


@dataclass(frozen=True, eq=False, repr=False)
class Scores(Brief):
    """All that forecasts came to.

    Attributes
    ----------
    outcomes : tuple of ScoredOutcome
    numbers : tuple of ScoredNumber
    skills : tuple of Skill
    reliability : Reliability or None
        From 20 forecasts of outcomes on.
    void : int
        Forecasts of what was declared void.
    open : int
        Forecasts of outcomes without a resolution.
    open_one_way : int
        Those among them that can come about any day, but fail to only at the end of their term.
    unasked : int
        Resolutions of scenarios of which there is no record.
    without_scenario : tuple of str
        Records whose scenario is not at hand, so that neither base rate nor status quo is known.
    """

    outcomes: tuple[ScoredOutcome, ...]
    numbers: tuple[ScoredNumber, ...]
    skills: tuple[Skill, ...]
    reliability: Reliability | None
    void: int
    open: int
    open_one_way: int
    unasked: int
    without_scenario: tuple[str, ...] = ()

    def to_json(self) -> dict[str, object]:
        """Plain data for JSON."""
        outcomes = []
        for one in self.outcomes:
            data = asdict(one)
            data["references"] = {
                name: {"probability": p, **asdict(marks)}
                for name, (p, marks) in one.references.items()
            }
            outcomes.append(_with_days_as_text(data))
        return {
            "format": FORMAT,
            "outcomes": outcomes,
            "quantities": [_with_days_as_text(asdict(one)) for one in self.numbers],
            "skills": [asdict(one) for one in self.skills],
            "reliability": None if self.reliability is None else self.reliability.to_json(),
            "void": self.void,
            "open": self.open,
            "open_one_way": self.open_one_way,
            "resolutions_without_a_record": self.unasked,
            "records_without_a_scenario": list(self.without_scenario),
        }


def _with_days_as_text(data: dict[str, object]) -> dict[str, object]:
    return {k: str(v) if isinstance(v, datetime.date) else v for k, v in data.items()}


def score(
    records: Iterable[str | os.PathLike[str]],
    resolutions: str | os.PathLike[str],
    crowds: str | os.PathLike[str] | None = None,
) -> Scores:
    """Score forecast records by what happened.

    Parameters
    ----------
    records : iterable of str or path
        Result folders, or the ``record.json`` of one. Base rate and status quo are known where the
        scenario is at hand: in the folder, or packaged and unchanged.
    resolutions : str or path
        A file of resolutions: see `relsim.inference.score.resolutions`.
    crowds : str or path, optional
        A file of crowds' probabilities: see `relsim.inference.score.crowds`.

    Returns
    -------
    Scores

    Raises
    ------
    StoreError
        If a record cannot be read.
    ScenarioError
        If a file of resolutions or of crowds is wrong: lists every problem with its place.
    UsageError
        If an answer lies outside the term of its question, or there is no record.

    Examples
    --------
    >>> import relsim, tempfile
    >>> from pathlib import Path
    >>> ensemble = relsim.simulate("us-russia-2021", runs=128, draws=64)
    >>> with tempfile.TemporaryDirectory() as place:
    ...     _ = ensemble.save(f"{place}/first")
    ...     answers = Path(place, "answers.yaml")
    ...     _ = answers.write_text(
    ...         "schema: relsim.resolutions/1\\n"
    ...         "resolutions:\\n"
    ...         "  - {scenario: us-russia-2021, outcome: detente, answer: no}\\n"
    ...     )
    ...     found = relsim.score([f"{place}/first"], answers)
    >>> [(one.outcome, one.happened, 0 < one.marks.brier < 0.25) for one in found.outcomes]
    [('detente', False, True)]
    """
    read = [(place, *read_record(place)) for place in records]
    if not read:
        raise UsageError("there is no record to score")
    _refuse_twice(read)
    asked = names_asked(record for _, record, _ in read)
    said = () if crowds is None else read_crowds(crowds, asked)
    answers = read_resolutions(resolutions, asked)
    check_days((record for _, record, _ in read), answers)
    frozen, lacking = [], []
    for place, record, _ in read:
        one, has_scenario = frozen_with_references(place, record, said)
        frozen.append(one)
        if not has_scenario:
            lacking.append(one.record.scenario)
    return replace(scored(frozen, answers), without_scenario=tuple(dict.fromkeys(lacking)))


def _refuse_twice(
    read: Iterable[tuple[str | os.PathLike[str], Record, Mapping[str, object]]],
) -> None:
    """Refuse a record that is given twice: its forecasts would count twice."""
    first = list[tuple[str | os.PathLike[str], Mapping[str, object]]]()
    for place, _, data in read:
        if same := next((other for other, known in first if known == data), None):
            raise UsageError(f"{place} holds the same record as {same}: give it once")
        first.append((place, data))


def frozen_with_references(
    place: str | os.PathLike[str], record: Record, crowds: Sequence[Crowd] = ()
) -> tuple[Frozen, bool]:
    """A record with its reference forecasts, and whether its scenario is at hand."""
    scenario = scenario_of_record(record, place)
    return Frozen(record, references_of(record, scenario, crowds)), scenario is not None


def names_asked(records: Iterable[Record]) -> dict[str, tuple[Collection[str], Collection[str]]]:
    """By scenario the names of the outcomes and the quantities that its records hold."""
    found: dict[str, tuple[dict[str, object], dict[str, object]]] = {}
    for record in records:
        outcomes, quantities = found.setdefault(record.scenario, ({}, {}))
        outcomes.update(record.outcomes)
        quantities.update(record.quantities)
    return dict(found)


def scored(frozen: Sequence[Frozen], resolutions: Sequence[Resolution], seed: int = 1) -> Scores:
    """Score frozen records by resolutions, at most one of each question.

    Parameters
    ----------
    frozen : sequence of Frozen
        Records with their reference forecasts.
    resolutions : sequence of Resolution
        Those of scenarios without a record are counted alone.
    seed : int
        Of the bootstrap, and of the band of reliability.

    Raises
    ------
    UsageError
        If an answer lies outside the term of its question, or there is no record.
    """
    if not frozen:
        raise UsageError("there is no record to score")
    check_days((one.record for one in frozen), resolutions)
    answers = {one.question: one for one in resolutions}
    outcomes, numbers, void, unanswered = [], [], 0, []
    for one in frozen:
        record = one.record
        for name, asked in record.outcomes.items():
            answer = answers.get((record.scenario, name))
            if answer is None or answer.outcome is None:
                unanswered.append(_one_way(record, asked))
            elif answer.answer == VOID:
                void += 1
            else:
                outcomes.append(_scored_outcome(one, name, answer))
        for name, values in record.quantities.items():
            answer = answers.get((record.scenario, name))
            if answer is None or answer.quantity is None or not values:
                continue
            if isinstance(answer.answer, float):
                median, observed = float(np.median(values)), answer.answer
                mark = crps(values, observed)
                number = ScoredNumber(record.scenario, name, record.as_of, median, observed, mark)
                numbers.append(number)
            else:
                void += 1
    scenarios = {one.record.scenario for one in frozen}
    return Scores(
        tuple(outcomes),
        tuple(numbers),
        tuple(_skills(outcomes, seed)),
        _reliability(outcomes, seed),
        void,
        len(unanswered),
        sum(unanswered),
        sum(one.scenario not in scenarios for one in resolutions),
    )


def check_days(records: Iterable[Record], resolutions: Sequence[Resolution]) -> None:
    """Refuse an answer by a day outside the term of its question, or known before the term.

    Raises
    ------
    UsageError
    """
    for record in records:
        horizon = record.horizon
        for answer in resolutions:
            day = answer.day
            if answer.scenario != record.scenario:
                continue
            if answer.on is not None and answer.on < horizon.start:
                raise UsageError(
                    f"{answer.scenario}, {answer.outcome or answer.quantity}: an answer known on "
                    f"{answer.on} is none, as the term begins on {horizon.start}"
                )
            if day is not None and not horizon.start <= day <= horizon.last:
                raise UsageError(
                    f"{answer.scenario}, {answer.outcome}: {day} lies outside its term, "
                    f"{horizon.start} to {horizon.last}: what did not come about in it is answered "
                    "by no"
                )


def _reliability(outcomes: Sequence[ScoredOutcome], seed: int) -> Reliability | None:
    if len(outcomes) < FEWEST:
        return None
    return reliability(
        [one.probability for one in outcomes],
        [one.happened for one in outcomes],
        [(one.scenario, one.outcome) for one in outcomes],
        seed,
    )


def _one_way(record: Record, asked: Asked) -> bool:
    """Whether it can come about before the last day; that it does not is known only then."""
    return bool(asked.dates) and min(asked.dates or ()) < record.horizon.last


def _scored_outcome(frozen: Frozen, name: str, answer: Resolution) -> ScoredOutcome:
    record, asked = frozen.record, frozen.record.outcomes[name]
    horizon, day = record.horizon, answer.day
    happened, known = bool(answer.happened), answer.known
    least = float(unresolvable(record.draws))

    def marks(probability: float, dates: Sequence[datetime.date] | None) -> Marks:
        square = float(brier(probability, happened))
        nats = float(log_score(probability, happened, least))
        when: tuple[float | None, float | None] = (None, None)
        if dates is not None and (day is not None or not happened):
            when = _of_dates(record, probability, dates, day)
        return Marks(square, nats, *when)

    even = _evenly(record)
    references = frozen.references.get(name, {})
    return ScoredOutcome(
        record.scenario, name, record.as_of, asked.probability, happened, known,
        known is not None and known < horizon.last and _one_way(record, asked),
        not least <= asked.probability <= 1 - least,
        marks(asked.probability, asked.dates),
        {
            reference: (p, marks(p, None if asked.dates is None else even))
            for reference, p in references.items()
        },
    )  # fmt: skip


def _evenly(record: Record) -> list[datetime.date]:
    """Days that part what is left of a term evenly: when a reference without dates comes true."""
    first = max(record.as_of, record.horizon.start)
    left = (record.horizon.end - first).days
    return [first + datetime.timedelta((2 * k + 1) * left // (2 * PARTS)) for k in range(PARTS)]


def _of_dates(
    record: Record, probability: float, dates: Sequence[datetime.date], day: datetime.date | None
) -> tuple[float, float]:
    """Ranked probability score by year of the term, and CRPS in days."""
    start, last = record.horizon.start, (record.horizon.last - record.horizon.start).days
    days = np.clip(np.array([(date - start).days for date in dates], np.float64), 0, last)
    years = max(1, round((last + 1) / 365.25))

    def year(number: Doubles | float) -> Doubles:
        places: Doubles = np.minimum(np.asarray(number) // ((last + 1) / years), years - 1)
        return places

    shares = np.zeros(years + 1)
    if days.size:
        shares[:years] = np.bincount(year(days).astype(int), minlength=years) / days.size
    shares *= probability
    shares[years] = 1 - shares[:years].sum()
    came = None if day is None else float((day - start).days)
    category = years if came is None else int(year(came))
    return ranked_probability(shares, category), crps_of_date(days, probability, came, last)


def _skills(outcomes: Sequence[ScoredOutcome], seed: int) -> list[Skill]:
    """The forecasts beside each reference, by each rule that both have."""
    names = dict.fromkeys(name for one in outcomes for name in one.references)
    found = []
    for rule in RULES_OF_OUTCOMES:
        for name in names:
            pairs = [
                (one.scenario, getattr(one.marks, rule), getattr(one.references[name][1], rule))
                for one in outcomes
                if name in one.references
            ]
            if pairs := [pair for pair in pairs if None not in pair]:
                found.append(_skill(name, rule, pairs, seed))
    return found


def _skill(name: str, rule: str, pairs: Sequence[tuple[str, float, float]], seed: int) -> Skill:
    scenarios = list(dict.fromkeys(scenario for scenario, _, _ in pairs))
    place = [scenarios.index(scenario) for scenario, _, _ in pairs]
    own, other = (np.array([pair[part] for pair in pairs]) for part in (1, 2))
    sums = [np.bincount(place, marks, len(scenarios)).astype(np.float64) for marks in (own, other)]
    number = np.bincount(place, minlength=len(scenarios)).astype(np.float64)
    below = number if rule == "log" else sums[1]
    skill = None if below.sum() == 0 else _gain(sums[0], sums[1], below)
    interval = None
    if skill is not None and len(scenarios) >= FEWEST_SCENARIOS:
        interval = _interval(sums[0], sums[1], below, Succession(seed, "score", rule, name))
    return Skill(
        name, rule, len(pairs), len(scenarios), float(own.mean()), float(other.mean()), skill,
        interval,
    )  # fmt: skip


def _gain(own: Doubles, other: Doubles, below: Doubles) -> float:
    return float((other.sum() - own.sum()) / below.sum())


def _interval(
    own: Doubles, other: Doubles, below: Doubles, numbers: Succession
) -> tuple[float, float] | None:
    """5 and 95% points of the skill when scenarios are drawn anew, with replacement."""
    drawn = (numbers.uniforms((RESAMPLES, own.size)) * own.size).astype(int)
    under = below[drawn].sum(axis=1)
    if (under == 0).any():
        return None
    low, high = np.quantile((other - own)[drawn].sum(axis=1) / under, (0.05, 0.95))
    return float(low), float(high)
