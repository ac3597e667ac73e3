"""Reference forecasters of who moves when, one step ahead: what a model has to beat.

Each forecaster gives every actor a rate, in moves a day, for each of the `CLASSES` of moves on each
day. Its log score of a week is that of a marked Poisson process: the sum over the week's moves of
the logarithm of the rate of their class on their day, less the number of moves that it expected.
Where an actor makes at most one move of a class on a day, as in the packaged record, that is the
logarithm of the chance of all that the week brought.

**One step is a day, for all forecasters alike**: the rates of a day rest on all earlier days, those
of the same week too, and on nothing that happened on the day itself or later. A model whose log
score is to be compared gives likewise, for each day, the logarithm of the chance of what each actor
did, given all earlier days, in the same classes: the chances of all moves of a class are summed.

What is scored: the recorded moves of one actor. What is not:

- Joint moves and collisions, which are no actor's own moves. They set no rate either.
- Implied rows. They were made from what followed them: a leaders' meeting, so a proposal some weeks
  before. A forecaster that saw one in its history, or was scored on it, would look into the future,
  and answers that follow proposals after a fixed time are no behaviour. They count neither as moves
  to be forecast nor as history that sets a rate, and a model leaves them out of its score, too.

The forecasters are a base rate of all history before, the same with exponential forgetting
(`EW4`: half-life 4 years), and that with moves that bring about further ones of the same actor and
of the other (Hawkes 1971, Biometrika 58:83).
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import product

import numpy as np

from relsim.array_types import Booleans, Doubles, Integers
from relsim.errors import UsageError, unknown
from relsim.history.events import COLLISION, Event
from relsim.history.log_scores import WeeklyScores

__all__ = [
    "CLASSES",
    "INAUGURATIONS",
    "ActorMoves",
    "Excitation",
    "actor_moves",
    "fit_excitation",
    "merged_class",
    "opponent_scores",
    "past_rates",
    "step_scores",
]

CLASSES = {  # moves by merged class; a name that ends in _ stands for all that begin so
    "words": ("criticize", "threaten"),
    "sanctions": ("impose_sanctions",),
    "expulsions": ("expel_diplomats",),
    "posture": ("military_posture",),
    "relations": ("reduce_relations", "leave_", "suspend_"),  # and treaties
    "refusals": ("suspend_talks", "reject_proposal"),
    "proposals": ("propose_",),
    "acceptances": ("accept_proposal",),
    "gestures": ("goodwill_gesture", "release_prisoners", "ease_sanctions"),
}
COOPERATIVE_CLASSES = ("proposals", "acceptances", "gestures")
COOPERATIVE = np.array([name in COOPERATIVE_CLASSES for name in CLASSES])
NAMES = tuple(CLASSES)
PLACES = {move: place for place, moves in enumerate(CLASSES.values()) for move in moves}

WEEK = 7  # days
HALF_LIFE = 1461.0  # days: 4 years
# Half a move is added to all of an actor's moves, over a quarter of a year, so that the first day
# has a rate; half a move to those of each class for its share, so that one never seen has a share.
# Both are Jeffreys' priors. A longer span would hold rates down for ever where days are forgotten.
PRIOR_MOVES, PRIOR_DAYS = 0.5, 91.0
INAUGURATIONS = tuple(datetime.date(year, 1, 20) for year in range(1997, 2022, 4))
BASE, EW4, EXCITED = "base rate", "EW4", "EW4 with excitation"


def merged_class(move: str) -> str:
    """The class of `CLASSES` to which a move of one actor belongs.

    Raises
    ------
    UsageError
        If it belongs to none: a joint move, a collision, ``hold``, or an unknown one.

    Examples
    --------
    >>> merged_class("leave_inf"), merged_class("suspend_talks")
    ('relations', 'refusals')
    """
    return NAMES[_place(move)]


def _place(move: str) -> int:
    """The place of a move's class; an exact name comes before a beginning."""
    beginning = f"{move.partition('_')[0]}_"
    for name in (move, beginning):
        if name in PLACES:
            return PLACES[name]
    raise UsageError(f"{unknown('move', move, PLACES, hinted=False)}: it has no merged class")


@dataclass(frozen=True, eq=False)
class ActorMoves:
    """The moves that are scored, by day, in weeks counted from the first day.

    Attributes
    ----------
    day : int64 (moves,)
        Counted from 0, rising.
    actor, kind : int64 (moves,)
        Places in `actors` and in `CLASSES`.
    actors : tuple of str
    first_day : date
    days : int
        Whole weeks.
    """

    day: Integers
    actor: Integers
    kind: Integers
    actors: tuple[str, ...]
    first_day: datetime.date
    days: int

    @property
    def counts(self) -> Integers:
        """Moves by day, actor and class, shape (days, actors, classes)."""
        counts = np.zeros((self.days, len(self.actors), len(CLASSES)), np.int64)
        np.add.at(counts, (self.day, self.actor, self.kind), 1)
        return counts

    def before(self, day: int) -> ActorMoves:
        """What had happened before a day, which is the first of a week."""
        past = self.day < day
        return ActorMoves(
            self.day[past], self.actor[past], self.kind[past], self.actors, self.first_day, day
        )

    @cached_property
    def age(self) -> Integers:
        """Days to each move from each other, on the last axis; below 1 if that is not earlier."""
        return self.day[:, None] - self.day

    @cached_property
    def own(self) -> Booleans:
        """Whether two moves are of the same actor."""
        own: Booleans = self.actor[:, None] == self.actor
        return own

    @cached_property
    def same(self) -> Booleans:
        """Whether two moves are of the same class."""
        same: Booleans = self.kind[:, None] == self.kind
        return same

    @cached_property
    def alike(self) -> Booleans:
        """Whether two moves are both cooperative or both hostile."""
        alike: Booleans = COOPERATIVE[self.kind][:, None] == COOPERATIVE[self.kind]
        return alike


def actor_moves(
    events: Iterable[Event],
    first_day: datetime.date,
    last_day: datetime.date,
    actors: Sequence[str] = ("US", "RU"),
) -> ActorMoves:
    """Take from a record what is scored: recorded moves of one actor.

    Parameters
    ----------
    events : iterable of Event
        Joint moves, collisions and those of the kind ``"implied"`` are left out.
    first_day, last_day : date
        Weeks of seven days are counted from the first day, and the last one ends on or before the
        last day. What lies outside is left out.
    actors : sequence of str
        Their order is that of the scores.

    Returns
    -------
    ActorMoves

    Raises
    ------
    UsageError
        If there is no whole week, an actor is not among these, or a move has no class.

    Examples
    --------
    >>> from relsim.history import packaged_record
    >>> first, last = datetime.date(1993, 1, 1), datetime.date(2021, 4, 6)
    >>> moves = actor_moves(packaged_record(), first, last)
    >>> moves.days // 7, moves.day.size
    (1474, 176)
    """
    days = ((last_day - first_day).days + 1) // WEEK * WEEK
    if days < WEEK:
        raise UsageError(f"from {first_day} to {last_day} there is no whole week")
    rows = []
    for event in sorted(events, key=lambda event: event.date):
        day = (event.date - first_day).days
        counts = event.kind == "recorded" and not event.joint and event.move != COLLISION
        if not counts or not 0 <= day < days:
            continue
        if event.actor not in actors:
            raise UsageError(f"{event.date}: {unknown('actor', event.actor, actors, hinted=False)}")
        rows.append((day, actors.index(event.actor), _place(event.move)))
    day_of, actor, kind = np.array(rows, dtype=np.int64).reshape(-1, 3).T
    return ActorMoves(day_of, actor, kind, tuple(actors), first_day, days)


def past_rates(moves: ActorMoves, half_life: float = np.inf) -> Doubles:
    """How often each actor has made a move of each class until the day before, moves a day.

    With n moves of an actor on the d days before a day, n_k of them of class k out of K, the rate
    of the class is (a + n) / (b + d) · (a + n_k) / (K a + n). A day counts less by a half for each
    half-life that it lies back, and so do its moves; a = `PRIOR_MOVES` and b = `PRIOR_DAYS` do not
    fade.

    Parameters
    ----------
    moves : ActorMoves
        See `actor_moves`.
    half_life : float
        Days; by default nothing is forgotten.

    Returns
    -------
    float64 (days, actors, classes)
        All above 0.
    """
    counts, kept = moves.counts, 0.5 ** (1 / half_life)
    rates = np.empty(counts.shape)
    seen, length = np.zeros(counts.shape[1:]), 0.0
    for day, happened in enumerate(counts):
        total = seen.sum(axis=1, keepdims=True)
        share = (PRIOR_MOVES + seen) / (PRIOR_MOVES * len(CLASSES) + total)
        rates[day] = (PRIOR_MOVES + total) / (PRIOR_DAYS + length) * share
        seen, length = kept * (seen + happened), kept * (length + 1)
    return rates


@dataclass(frozen=True)
class Excitation:
    """How moves bring about further moves, beside rates that do not depend on the latest days.

    A hostile move raises the rates of hostile classes, a cooperative one those of cooperative
    classes. What it adds falls by half with each half-life, from the day after the move on.

    Attributes
    ----------
    background : float
        Factor of the rates of `past_rates`.
    own, other : float
        Moves that one move brings about, in all, by the same actor and by each other one.
    own_half_life, other_half_life : float
        Days.
    same : float
        Share of these that are of the same class; the rest is spread over the classes, hostile or
        cooperative as the move was, in proportion to the rates of `past_rates`.
    """

    background: float = 1.0
    own: float = 0.0
    other: float = 0.0
    own_half_life: float = 10.0
    other_half_life: float = 10.0
    same: float = 0.0

    @property
    def weights(self) -> Doubles:
        """Background, own and other: all rates are linear in them."""
        return np.array([self.background, self.own, self.other])


NO_EXCITATION = Excitation()
HALF_LIVES = (3.0, 10.0, 30.0, 90.0, 270.0)  # days; one of these is chosen
SAMES = (0.0, 0.25, 0.5, 0.75, 1.0)
BOUNDS = ((0.05, 2.0), (0.0, 0.9), (0.0, 0.9))  # of the weights


def _rates_by_weight(moves: ActorMoves, rates: Doubles, excitation: Excitation) -> Doubles:
    """Rate of each move's class on its day for a weight of 1 each, shape (moves, weights)."""
    routine = rates[moves.day, moves.actor, moves.kind]
    alike = COOPERATIVE[moves.kind][:, None] == COOPERATIVE
    share = routine / (rates[moves.day, moves.actor] * alike).sum(axis=1)
    lands = excitation.same * moves.same + (1 - excitation.same) * share[:, None] * moves.alike
    columns = [routine]
    for by, half_life in _causes(moves.own, excitation):
        kept = 0.5 ** (1 / half_life)
        on_the_day = np.where(moves.age > 0, (1 - kept) * kept ** np.maximum(moves.age - 1, 0), 0.0)
        columns.append((on_the_day * by * lands).sum(axis=1))
    return np.stack(columns, axis=1)


def _expected_by_weight(
    moves: ActorMoves, rates: Doubles, excitation: Excitation, days: Integers
) -> Doubles:
    """Moves expected before each day for a weight of 1 each, shape (days, actors, weights)."""
    routine = np.zeros((len(rates) + 1, rates.shape[1]))
    np.cumsum(rates.sum(axis=2), axis=0, out=routine[1:])
    elapsed = np.maximum(days[:, None] - 1 - moves.day, 0)
    own = moves.actor[:, None] == np.arange(len(moves.actors))
    columns = [routine[days]]
    for by, half_life in _causes(own, excitation):
        columns.append((1 - 0.5 ** (elapsed / half_life)) @ by)
    return np.stack(columns, axis=-1)


def _causes(own: Booleans, excitation: Excitation) -> tuple[tuple[Booleans, float], ...]:
    """Moves of the same actor and of others, each with the half-life of what they bring about."""
    return (own, excitation.own_half_life), (~own, excitation.other_half_life)


def step_scores(
    moves: ActorMoves, rates: Doubles, excitation: Excitation = NO_EXCITATION
) -> Doubles:
    """The log score of each week and actor, one step ahead.

    Parameters
    ----------
    moves : ActorMoves
        See `actor_moves`.
    rates : float64 (days, actors, classes)
        Moves a day, by what was known the day before: see `past_rates`.
    excitation : Excitation
        By default the rates alone.

    Returns
    -------
    float64 (weeks, actors)
        Nats.
    """
    ends = np.arange(0, moves.days + 1, WEEK)
    expected = _expected_by_weight(moves, rates, excitation, ends) @ excitation.weights
    scores: Doubles = -np.diff(expected, axis=0)
    of_moves = np.log(_rates_by_weight(moves, rates, excitation) @ excitation.weights)
    np.add.at(scores, (moves.day // WEEK, moves.actor), of_moves)
    return scores


def fit_excitation(moves: ActorMoves, rates: Doubles) -> Excitation:
    """The excitation with the greatest likelihood of some moves.

    Each pair of half-lives of `HALF_LIVES` with each share of `SAMES` is tried; for these the
    logarithm of the likelihood is concave in the three weights, so that SLSQP finds its greatest
    value within their bounds.

    Parameters
    ----------
    moves : ActorMoves
        Nothing that is to be scored: see `ActorMoves.before`.
    rates : float64 (days, actors, classes)
        As for `step_scores`; further days are left unread.

    Returns
    -------
    Excitation

    Raises
    ------
    UsageError
        If there is no move.
    """
    if not moves.day.size:
        raise UsageError(
            f"no move in the {moves.days} days from {moves.first_day} on: there is nothing to fit"
        )
    shapes = (
        Excitation(own_half_life=own, other_half_life=other, same=same)
        for own, other, same in product(HALF_LIVES, HALF_LIVES, SAMES)
    )
    fits = (_fit_weights(moves, rates, shape) for shape in shapes)
    return min(fits, key=lambda fit: fit[0])[1]


def _fit_weights(moves: ActorMoves, rates: Doubles, shape: Excitation) -> tuple[float, Excitation]:
    """The weights of greatest likelihood, and minus its logarithm."""
    from scipy.optimize import minimize  # slow to import, and seldom needed

    of_moves = _rates_by_weight(moves, rates, shape)
    expected = _expected_by_weight(moves, rates, shape, np.array([moves.days])).sum(axis=(0, 1))

    def loss(weights: Doubles) -> tuple[float, Doubles]:
        rate = of_moves @ weights
        slope: Doubles = expected - (of_moves / rate[:, None]).sum(axis=0)
        return float(expected @ weights - np.log(rate).sum()), slope

    start = np.array([0.7, 0.1, 0.1])
    fit = minimize(loss, start, jac=True, method="SLSQP", bounds=BOUNDS, options={"ftol": 1e-9})
    background, own, other = fit.x.tolist()
    return float(fit.fun), replace(shape, background=background, own=own, other=other)


def opponent_scores(
    moves: ActorMoves, terms: Sequence[datetime.date] = INAUGURATIONS
) -> dict[str, WeeklyScores]:
    """The log scores of the three reference forecasters.

    ``"base rate"`` is `past_rates` of all history, ``"EW4"`` the same with a half-life of 4 years,
    ``"EW4 with excitation"`` has an `Excitation` beside it, fitted anew for each term to what
    happened before the first week of the term.

    Parameters
    ----------
    moves : ActorMoves
        From the first day of all history; see `actor_moves`.
    terms : sequence of date
        First days of the terms, rising. A week belongs to the term in which it begins; those
        before the first term are not scored. Terms that begin after the last week have no scores.

    Returns
    -------
    dict of str to WeeklyScores
        All from the first week of the first term to the last week of the moves.

    Raises
    ------
    UsageError
        If no week is in a term, terms are not in order, or nothing happened before the first one.

    Examples
    --------
    >>> from relsim.history import packaged_record
    >>> first, last = datetime.date(1993, 1, 1), datetime.date(1997, 12, 31)
    >>> moves = actor_moves(packaged_record(), first, last)
    >>> scores = opponent_scores(moves)
    >>> scores["EW4"].first_week, scores["EW4"].log_score.shape
    (datetime.date(1997, 1, 24), (48, 2))
    """
    starts = [-(-(term - moves.first_day).days // WEEK) * WEEK for term in terms]
    starts = [start for start in starts if start < moves.days]
    if not starts:
        last = moves.first_day + datetime.timedelta(days=moves.days - 1)
        raise UsageError(f"no term has a week from {moves.first_day} to {last}")
    if starts != sorted(starts) or starts[0] <= 0:
        given = ", ".join(map(str, terms))
        raise UsageError(f"terms must begin after {moves.first_day}, in rising order (got {given})")
    base, fading = past_rates(moves), past_rates(moves, HALF_LIFE)
    excited = []
    for start, end in zip(starts, [*starts[1:], moves.days], strict=True):
        fitted = fit_excitation(moves.before(start), fading)
        so_far = moves.before(end)
        excited.append(step_scores(so_far, fading[:end], fitted)[start // WEEK :])
    first = starts[0]
    scores = {
        BASE: step_scores(moves, base)[first // WEEK :],
        EW4: step_scores(moves, fading)[first // WEEK :],
        EXCITED: np.concatenate(excited),
    }
    first_week = moves.first_day + datetime.timedelta(days=first)
    return {name: WeeklyScores(first_week, of) for name, of in scores.items()}
