"""The record of 2014–2020 beside what an ensemble simulates.

Observed figures were counted on a chronology of salient moves, 1993–2020, coded for this project,
and on the dates of 23 arms-control negotiations; the rates of détente are no observations but
judgements over fifteen terms, 1961–2021. The baseline's draws learned from moves of the same years,
so agreement is a check of the engine and of the draws, not evidence for the model.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import special

from relsim.ensemble.ensemble import Ensemble
from relsim.history.followups import Moves, answered, chance_of_any, followed, moves_of

FEWEST = 10  # below this many observed events a count is judged by its Poisson interval
FACTOR = 1.5  # else by this factor
YEARS_OBSERVED = 7.0  # 2014–2020
CHRONOLOGY = "chronology 2014–2020"


@dataclass(frozen=True)
class Line:
    """One target: the observed figure, what counts as met, and the simulated one.

    Attributes
    ----------
    name, unit, basis : str
        `basis` says what the figure was counted on.
    judged : bool
        Whether the figure is a judgement and not a count.
    observed, low, high : float
        The tolerance is [low, high].
    simulated : float
        Mean over all runs of all draws.
    """

    name: str
    unit: str
    basis: str
    observed: float
    low: float
    high: float
    simulated: float
    judged: bool = False

    @property
    def met(self) -> bool:
        """Whether the simulated figure lies within the tolerance."""
        return self.low <= self.simulated <= self.high


def tolerance(observed: float, events: float | None) -> tuple[float, float]:
    """What counts as met: the 90% Poisson interval of few events, else a factor of 1.5.

    Parameters
    ----------
    observed : float
        The figure.
    events : float or None
        How many events it was counted on; None where that is not the basis.
    """
    if events is None or events >= FEWEST:
        return observed / FACTOR, observed * FACTOR
    low, high = poisson_interval(events)
    return observed * low / events, observed * high / events


def poisson_interval(events: float) -> tuple[float, float]:
    """The exact 90% interval of the mean of a Poisson count.

    Source: Garwood 1936, Fiducial limits for the Poisson distribution, Biometrika 28:437.
    """
    low = float(special.gammaincinv(events, 0.05)) if events else 0.0
    return low, float(special.gammaincinv(events + 1, 0.95))


def jeffreys(hits: float, cases: float) -> tuple[float, float]:
    """The 90% Jeffreys interval of a share of few cases."""
    ends = special.betaincinv(hits + 0.5, cases - hits + 0.5, np.array([0.05, 0.95]))
    return float(ends[0]), float(ends[1])


def record_table(ensemble: Ensemble, us: str = "US", russia: str = "RU") -> tuple[Line, ...]:
    """Hold an ensemble against the record.

    Parameters
    ----------
    ensemble : Ensemble
        Of a US–Russia scenario, simulated with ``log_all=True``.
    us, russia : str
        The actors' names.

    Returns
    -------
    tuple of Line
    """
    moves = moves_of(ensemble)
    return (
        *_rates_of_moves(moves, us, russia),
        *_answers(moves, us, russia),
        *_what_both_did(moves, ensemble.runs),
        *_ends_of_talks(moves),
        *_tone(moves, ensemble),
        *_easing_and_force(moves, ensemble.runs, us, russia),
        *_terms_with_detente(ensemble),
    )


def _line(
    name: str,
    unit: str,
    observed: float,
    simulated: float,
    basis: str,
    events: float | None = None,
    within: tuple[float, float] | None = None,
    judged: bool = False,
) -> Line:
    """A target whose tolerance is `within`, else that of so many observed events."""
    low, high = within or tolerance(observed, events)
    return Line(name, unit, basis, observed, low, high, simulated, judged)


def _rates_of_moves(moves: Moves, us: str, russia: str) -> Iterator[Line]:
    """How often each side sanctions, expels, and does anything strong and hostile."""
    rounds, expulsions = ("impose_sanctions",), ("expel_diplomats",)
    for what, kinds, actor, observed, events in (
        ("sanctions rounds", rounds, us, 4.4, 31),
        ("sanctions rounds", rounds, russia, 0.8, 6),
        ("expulsions", expulsions, us, 0.57, 4),
        ("expulsions", expulsions, russia, 0.43, 3),
        ("strong hostile moves", moves.strong, us, 6.9, 48),
        ("strong hostile moves", moves.strong, russia, 2.6, 18),
    ):
        simulated = moves.count(actor, *kinds) / moves.years
        yield _line(f"{what}, {actor}", "a year", observed, simulated, CHRONOLOGY, events)


def _answers(moves: Moves, us: str, russia: str) -> Iterator[Line]:
    """What is answered in kind, and what follows a strong move beyond chance."""
    first = "first expulsions 1986–2018"
    ever, soon = 240, 28  # days
    expel, rounds = "expel_diplomats", "impose_sanctions"
    yield _line(
        f"expulsions of {us} answered in kind, ever",
        "share",
        1.0,
        answered(moves, expel, us, russia, ever),
        f"{first}: 7 of 7",
        within=(0.77, 1.0),
    )
    yield _line(
        f"expulsions of {us} answered within 4 weeks",
        "share",
        5 / 7,
        answered(moves, expel, us, russia, soon),
        f"{first}: 5 of 7",
        within=jeffreys(5, 7),
    )
    yield _line(
        f"expulsions of {russia} answered within 4 weeks",
        "share",
        2 / 4,
        answered(moves, expel, russia, us, soon),
        f"{first}: 2 of 4",
        within=jeffreys(2, 4),
    )
    yield _line(
        f"rounds of {us} answered by a round within 4 weeks",
        "share",
        7 / 37,
        answered(moves, rounds, us, russia, soon),
        "7 of 37 rounds, 1993–2020",
        within=jeffreys(7, 37),
    )
    era, strong = "48 moves, 2014–2020", moves.strong
    yield _line(
        f"strong move of {us} followed by one of {russia} within 30 days",
        "share",
        0.27,
        followed(moves, strong, us, strong, russia, 30),
        era,
    )
    yield _line("the same by chance", "share", 0.19, chance_of_any(moves, strong, russia, 30), era)


def _what_both_did(moves: Moves, runs: int) -> Iterator[Line]:
    """Leaders' meetings, exits, agreements."""
    meetings = moves.count(None, "summit")
    with_document = moves.count(None, "summit_with_document") / max(meetings, 1)
    yield _line(
        "leaders' meetings", "a term", 4 / YEARS_OBSERVED * 4, meetings / runs, CHRONOLOGY, 4
    )
    yield _line(
        "leaders' meetings with a joint document",
        "share",
        0.5,
        with_document,
        "judgement over the chronology",
        within=(0.35, 0.65),
        judged=True,
    )
    yield _line(
        "notices of treaty exit",
        "a term",
        5 / 120 * 4,
        moves.count(None, "treaty_exit_notice") / runs,
        "5 exits in about 120 treaty-years; one treaty left",
        5,
    )
    yield _line("agreements", "a term", 2.2, moves.count(None, "agreement") / runs, CHRONOLOGY, 4)
    yield _line(
        "arms-control texts signed",
        "a term",
        4 / 28 * 4,
        moves.count(None, "new_arms_agreement") / runs,
        "4 texts, 1993–2020",
        4,
    )


def _ends_of_talks(moves: Moves) -> Iterator[Line]:
    """Whether talks end with a text or without."""
    opened, signed = moves.count(None, "talks_opened"), moves.count(None, "agreement")
    failed = moves.count(None, "talks_broken_down")
    yield _line(
        "talks that ended without a text",
        "share",
        0.40,
        failed / max(failed + signed, 1),
        "9 of 23 negotiations",
        within=(0.24, 0.56),
    )
    yield _line(
        "talks signed within the term, of those opened",
        "share",
        0.45,
        signed / max(opened, 1),
        "23 negotiations",
        within=(0.25, 0.65),
    )


def _tone(moves: Moves, ensemble: Ensemble) -> Iterator[Line]:
    """The mix of moves, the sign of the index, and whether good years last."""
    yield _line(
        "cooperative share of moves",
        "share",
        0.33,
        moves.cooperative_share,
        CHRONOLOGY,
        within=(0.28, 0.42),
    )
    below = float(ensemble.quantities["weeks_below_zero"].mean()) / len(ensemble.week_days)
    yield _line(
        "weeks with the index below zero",
        "share",
        0.72,
        below,
        "months 1966–92 and since 2014",
        within=(0.60, 0.85),
    )
    good, bad = year_to_year(ensemble)
    means = "12-month means, WEIS 1966–92"
    yield _line("good year after a good one", "share", 0.79, good, means, within=(0.60, 0.95))
    yield _line("good year after a bad one", "share", 0.14, bad, means, within=(0.05, 0.25))


def _easing_and_force(moves: Moves, runs: int, us: str, russia: str) -> Iterator[Line]:
    """Sanctions eased, and shows of force."""
    yield _line(
        "sanctions eased",
        "a term",
        0.6,
        moves.count(None, "ease_sanctions") / runs,
        "4 easings 1993–2020",
        4,
    )
    for actor, shows in ((us, 4), (russia, 5)):
        simulated = moves.count(actor, "military_posture") / moves.years
        yield _line(
            f"shows of force, {actor}",
            "a year",
            shows / YEARS_OBSERVED,
            simulated,
            CHRONOLOGY,
            shows,
        )


def _terms_with_detente(ensemble: Ensemble) -> Iterator[Line]:
    """How many terms see détente, by three meanings of it."""
    terms = "judgement, shaded down from 5, 2 and 9 of ten terms that began tense or cool"
    for name, observed, within in (
        ("detente", 0.30, (0.15, 0.45)),
        ("late_detente", 0.15, (0.05, 0.25)),
        ("signs_of_detente", 0.62, (0.40, 0.80)),
    ):
        simulated = ensemble.probability(name).value
        yield _line(name, "probability", observed, simulated, terms, within=within, judged=True)


def year_to_year(ensemble: Ensemble) -> tuple[float, float]:
    """Chances that a good year follows a good one, and a bad one; good: mean flow of 0 or more."""
    names = sorted(name for name in ensemble.quantities if name.startswith("flow_of_year."))
    good: npt.NDArray[np.bool_] = np.stack([ensemble.quantities[name] >= 0 for name in names])
    before, after = good[:-1].ravel(), good[1:].ravel()
    return float(after[before].mean()), float(after[~before].mean())
