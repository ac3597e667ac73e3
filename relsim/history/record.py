"""The record of 2014–2020 beside what an ensemble simulates.

Observed figures were counted on a chronology of salient moves, 1993–2020, coded for this project,
and on the dates of 23 arms-control negotiations; the rates of détente are no observations but
judgements over fifteen terms, 1961–2021. The baseline's draws were searched to meet all of them,
so agreement is a check of the engine and of the draws, not evidence for the model.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import special

from relsim.ensemble.ensemble import Ensemble
from relsim.history.followups import answered, chance_of_any, followed, moves_of

FEWEST = 10  # below this many observed events a count is judged by its Poisson interval
FACTOR = 1.5  # else by this factor
YEARS_OBSERVED = 7.0  # 2014–2020


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
    low = float(special.gammaincinv(events, 0.05)) if events else 0.0
    high = float(special.gammaincinv(events + 1, 0.95))
    return observed * low / events, observed * high / events


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
    lines: list[Line] = []

    def add(
        name: str,
        unit: str,
        observed: float,
        simulated: float,
        basis: str,
        events: float | None = None,
        within: tuple[float, float] | None = None,
        judged: bool = False,
    ) -> None:
        low, high = within or tolerance(observed, events)
        lines.append(Line(name, unit, basis, observed, low, high, simulated, judged))

    def a_year(actor: str, *kinds: str) -> float:
        return moves.count(actor, *kinds) / moves.years

    def a_term(actor: str | None, *kinds: str) -> float:
        return moves.count(actor, *kinds) / ensemble.runs

    strong = moves.strong
    salient = "chronology 2014–2020"
    add(f"sanctions rounds, {us}", "a year", 4.4, a_year(us, "impose_sanctions"), salient, 31)
    add(f"sanctions rounds, {russia}", "a year", 0.8, a_year(russia, "impose_sanctions"), salient,
        6)
    add(f"expulsions, {us}", "a year", 0.57, a_year(us, "expel_diplomats"), salient, 4)
    add(f"expulsions, {russia}", "a year", 0.43, a_year(russia, "expel_diplomats"), salient, 3)
    add(f"strong hostile moves, {us}", "a year", 6.9, a_year(us, *strong), salient, 48)
    add(f"strong hostile moves, {russia}", "a year", 2.6, a_year(russia, *strong), salient, 18)
    first = "first expulsions 1986–2018"
    add(f"expulsions of {us} answered in kind, ever", "share", 1.0,
        answered(moves, "expel_diplomats", us, russia, 240), f"{first}: 7 of 7",
        within=(0.77, 1.0))
    add(f"expulsions of {us} answered within 4 weeks", "share", 5 / 7,
        answered(moves, "expel_diplomats", us, russia, 28), f"{first}: 5 of 7",
        within=jeffreys(5, 7))
    add(f"expulsions of {russia} answered within 4 weeks", "share", 2 / 4,
        answered(moves, "expel_diplomats", russia, us, 28), f"{first}: 2 of 4",
        within=jeffreys(2, 4))
    add(f"rounds of {us} answered by a round within 4 weeks", "share", 7 / 37,
        answered(moves, "impose_sanctions", us, russia, 28), "7 of 37 rounds, 1993–2020",
        within=jeffreys(7, 37))
    era = "48 moves, 2014–2020"
    add(f"strong move of {us} followed by one of {russia} within 30 days", "share", 0.27,
        followed(moves, strong, us, strong, russia, 30), era)
    add("the same by chance", "share", 0.19, chance_of_any(moves, strong, russia, 30), era)
    add("leaders' meetings", "a term", 4 / YEARS_OBSERVED * 4, a_term(None, "summit"), salient, 4)
    meetings = max(moves.count(None, "summit"), 1)
    add("leaders' meetings with a joint document", "share", 0.5,
        moves.count(None, "summit_with_document") / meetings, "judgement over the chronology",
        within=(0.35, 0.65), judged=True)
    add("notices of treaty exit", "a term", 5 / 120 * 4, a_term(None, "treaty_exit_notice"),
        "5 exits in about 120 treaty-years; one treaty left", 5)
    add("agreements", "a term", 2.2, a_term(None, "agreement"), salient, 4)
    add("arms-control texts signed", "a term", 4 / 28 * 4, a_term(None, "new_arms_agreement"),
        "4 texts, 1993–2020", 4)
    opened, signed = moves.count(None, "talks_opened"), moves.count(None, "agreement")
    failed = moves.count(None, "talks_broken_down")
    ended = max(failed + signed, 1)
    add("talks that ended without a text", "share", 0.40, failed / ended, "9 of 23 negotiations",
        within=(0.24, 0.56))
    add("talks signed within the term, of those opened", "share", 0.45, signed / max(opened, 1),
        "23 negotiations", within=(0.25, 0.65))
    add("cooperative share of moves", "share", 0.33, moves.cooperative_share, salient,
        within=(0.28, 0.42))
    below = float(ensemble.quantities["weeks_below_zero"].mean()) / len(ensemble.week_days)
    add("weeks with the index below zero", "share", 0.72, below, "months 1966–92 and since 2014",
        within=(0.60, 0.85))
    good, bad = year_to_year(ensemble)
    add("good year after a good one", "share", 0.79, good, "12-month means, WEIS 1966–92",
        within=(0.60, 0.95))
    add("good year after a bad one", "share", 0.14, bad, "12-month means, WEIS 1966–92",
        within=(0.05, 0.25))
    add("sanctions eased", "a term", 0.6, a_term(None, "ease_sanctions"),
        "4 easings 1993–2020", 4)
    add(f"shows of force, {us}", "a year", 4 / YEARS_OBSERVED, a_year(us, "military_posture"),
        salient, 4)
    add(f"shows of force, {russia}", "a year", 5 / YEARS_OBSERVED,
        a_year(russia, "military_posture"), salient, 5)
    terms = "judgement, shaded down from 5, 2 and 9 of ten terms that began tense or cool"
    for name, observed, within in (
        ("detente", 0.30, (0.15, 0.45)),
        ("late_detente", 0.15, (0.05, 0.25)),
        ("signs_of_detente", 0.62, (0.40, 0.80)),
    ):
        add(name, "probability", observed, ensemble.probability(name).value, terms, within=within,
            judged=True)
    return tuple(lines)


def year_to_year(ensemble: Ensemble) -> tuple[float, float]:
    """Chances that a good year follows a good one, and a bad one; good: mean flow of 0 or more."""
    names = sorted(name for name in ensemble.quantities if name.startswith("flow_of_year."))
    good: npt.NDArray[np.bool_] = np.stack([ensemble.quantities[name] >= 0 for name in names])
    before, after = good[:-1].ravel(), good[1:].ravel()
    return float(after[before].mean()), float(after[~before].mean())


