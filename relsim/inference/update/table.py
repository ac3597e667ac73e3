"""What an update found, as tables and as plain data."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from relsim.estimates import formatting
from relsim.tables import Page, Table

if TYPE_CHECKING:
    from relsim.history.events import Event
    from relsim.inference.update.surprise import MoveSurprise, WeekSurprise
    from relsim.inference.update.update import Stage, Update

__all__ = ["page", "to_json"]

FORMAT = "relsim.update/1"
MOST_MOVES, MOST_WEEKS, MOST_EFFECTS = 8, 5, 5
TITLE = 28  # characters of an outcome's title


def page(update: Update, most_moves: int = MOST_MOVES) -> Page:
    """What a reader gets: outcomes before and after, the way there, what was unexpected."""
    parts: list[str | Table] = [
        f"{update.scenario.title}\n{update.scenario.question}",
        outcome_table(update),
    ]
    if len(update.stages) > 2:
        parts.append(stage_table(update))
    parts.append(week_table(update))
    if update.moves:
        parts += [move_table(update, most_moves), effect_table(update)]
    return [*parts, "\n".join([*warnings(update), about(update)])]


def outcome_table(update: Update) -> Table:
    """Each outcome on the first and on the last day."""
    first, last = update.stages[0], update.stages[-1]
    rows = []
    for name, now in last.probabilities.items():
        before = first.probabilities[name]
        title = update.scenario.outcomes[name].title
        rows.append(
            (
                _short(title),
                f"{before.value_text} {before.error_text}",
                f"{now.value_text} {now.error_text}",
                now.interval_text,
            )
        )
    names = list(last.probabilities)
    return Table(
        ("Outcome", str(first.date), str(last.date), "90% over draws"),
        rows,
        names.index(update.scenario.headline),
    )


def stage_table(update: Update) -> Table:
    """The headline on each day."""
    name = update.scenario.headline
    return Table(
        (_short(update.scenario.outcomes[name].title), "Probability", "90% over draws", "Draws"),
        [
            (
                str(stage.date), f"{one.value_text} {one.error_text}", one.interval_text,
                _draws(stage.effective, stage.distinct),
            )
            for stage in update.stages
            for one in (stage.probabilities[name],)
        ],
    )  # fmt: skip


def week_table(update: Update, most: int = MOST_WEEKS) -> Table:
    """The weeks that were least expected."""
    worst = sorted(update.weeks, key=lambda week: -week.bits)[:most]
    return Table(
        ("Least expected weeks", "Bits", "Beyond EW4", "Draws"),
        [
            (
                f"from {week.begins}", f"{week.bits:.1f}",
                "" if week.excess is None else _signed(week.excess),
                _draws(week.effective, week.distinct),
            )
            for week in worst
        ],
    )  # fmt: skip


def move_table(update: Update, most: int = MOST_MOVES) -> Table:
    """The moves that were least expected on their day."""
    worst = sorted(update.moves, key=lambda move: -move.bits)[:most]
    return Table(
        ("Least expected moves", "By", "Move", "Bits"),
        [(str(m.date), m.actor or "both", m.move, f"{m.bits:.1f}") for m in worst],
    )


def effect_table(update: Update, most: int = MOST_EFFECTS) -> Table | str:
    """The moves from which the draws learned most about the headline."""
    clear = [move for move in update.moves if move.beyond_noise]
    if not clear:
        return "No move taught the draws more about the headline than its noise"
    rows = [
        (str(m.date), m.actor or "both", m.move, _with_error(m.effect, m.effect_error))
        for m in sorted(clear, key=lambda move: -abs(move.effect))[:most]
    ]
    return Table(("Taught most about the headline", "By", "Move", "Effect"), rows)


def warnings(update: Update, said: Callable[[str, str], str] = "{} {}".format) -> list[str]:
    """What a reader must know before believing the numbers; `said` names an actor's move."""
    found = [
        f"Nearly impossible to the model: the week from {week.begins} costs {week.bits:.0f} bits. "
        "What follows from it is no guide: the model lacks what happened"
        for week in update.impossible
    ]
    if update.left_out:
        named = sorted({event.move for event in update.left_out})
        found.append(
            f"Not counted, as {update.scenario.name} has no such move: "
            f"{_counted(len(update.left_out), 'event')} ({', '.join(named)})"
        )
    found += [
        f"Not possible in {share:.0%} of the runs: {said(actor, move)} on {when}; it counts for "
        "outcomes alone there"
        for (when, actor, move), share in update.refused.items()
        if share >= 0.01
    ]
    return found


def about(update: Update) -> str:
    """How it was made."""
    last = update.stages[-1]
    moved = _counted(len(update.rejuvenations), "time")
    weeks, moves = _counted(len(update.weeks), "week"), _counted(len(update.moves), "move")
    return (
        f"{update.draws:,} draws of {update.runs} runs each, seed {update.seed}, in "
        f"{update.elapsed_seconds:.0f} s. Draws on {last.date}: {last.effective:.0f} effective, "
        f"{last.distinct:,} distinct; {update.least_effective:.0f} effective at the least, and "
        f"moved {moved}. {moves} in {weeks} cost {update.bits:.0f} bits"
    )


def to_json(update: Update) -> dict[str, object]:
    """Plain data."""
    return {
        "format": FORMAT,
        "scenario": update.scenario.name,
        "scenario_hash": update.asked_hash,
        "headline": update.scenario.headline,
        "through": update.through.isoformat(),
        "seed": update.seed,
        "draws": update.draws,
        "runs_per_draw": update.runs,
        "stages": [_stage(stage) for stage in update.stages],
        "weeks": [_week(week) for week in update.weeks],
        "moves": [_move(move) for move in update.moves],
        "bits": update.bits,
        "nearly_impossible": [week.begins.isoformat() for week in update.impossible],
        "least_effective_draws": update.least_effective,
        "rejuvenations": [vars(one) for one in update.rejuvenations],
        "not_counted": _events(update.left_out),
        "not_possible": [
            {"date": when.isoformat(), "actor": actor, "move": move, "share_of_runs": share}
            for (when, actor, move), share in update.refused.items()
        ],
        "elapsed_seconds": round(update.elapsed_seconds, 3),
    }


def _stage(stage: Stage) -> dict[str, object]:
    return {
        "date": stage.date.isoformat(),
        "outcomes": {name: one.to_json() for name, one in stage.probabilities.items()},
        "effective_draws": stage.effective,
        "distinct_draws": stage.distinct,
    }


def _week(week: WeekSurprise) -> dict[str, object]:
    return {
        "begins": week.begins.isoformat(),
        "bits": week.bits,
        "bits_beyond_ew4": week.excess,
        "effective_draws": week.effective,
        "distinct_draws": week.distinct,
    }


def _move(move: MoveSurprise) -> dict[str, object]:
    return {
        "date": move.date.isoformat(),
        "actor": move.actor,
        "move": move.move,
        "bits": move.bits,
        "implied": move.implied,
        "effect_on_headline": move.effect,
        "effect_error": move.effect_error,
    }


def _events(events: Sequence[Event]) -> list[dict[str, object]]:
    return [event.model_dump(mode="json") for event in events]


def _short(title: str) -> str:
    return title if len(title) <= TITLE else title[: TITLE - 1].rstrip() + "…"


def _counted(number: int, what: str) -> str:
    return f"{number:,} {what}" if number == 1 else f"{number:,} {what}s"


def _draws(effective: float, distinct: int) -> str:
    return f"{effective:.0f} of {distinct}"


def _with_error(effect: float, error: float) -> str:
    places = formatting.decimals(error)
    signed = formatting.text(effect, places, signed=True).replace("-", "−")
    return f"{signed} ± {formatting.text(error, places)}"


def _signed(bits: float) -> str:
    return f"{bits:+.1f}".replace("-", "−")
