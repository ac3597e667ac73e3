"""What drives an outcome, as a page for readers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from relsim.ensemble.conditioning import heading_of
from relsim.estimates import formatting
from relsim.scenario.relative import taken_out, taken_out_text
from relsim.tables import Page, Table

if TYPE_CHECKING:
    from relsim.inference.drivers.drivers import Ablated, Drivers, Effect
    from relsim.inference.drivers.screening import Index

__all__ = ["page", "share", "split_text"]


def page(found: Drivers) -> Page:
    """What a reader gets: the split of the variance, parameters, claims, how it was found."""
    title = found.scenario.outcomes[found.outcome].title
    about = (
        f"{found.runs:,} runs over {found.draws:,} draws, seed {found.seed}; "
        f"{_paired_text(found)}in {found.elapsed_seconds:.0f} s"
    )
    beside = taken_out_text(taken_out(found.scenario))
    first = f"{found.scenario.title}\n{title}: {found.probability}{heading_of(found.condition)}"
    return [
        "\n".join(filter(None, (first, beside))),
        split_text(found),
        *_parameters(found),
        *_ablations(found),
        about,
    ]


def _paired_text(found: Drivers) -> str:
    """What was found on fewer runs than the rest."""
    kinds = {
        "total effects": any(effect.total for effect in found.effects),
        "claims": bool(found.ablations),
    }
    named = " and ".join(kind for kind, there in kinds.items() if there)
    return named and f"{named} on the first {found.paired_runs:,}; "


def split_text(found: Drivers) -> str:
    """How much of the variance is parameters, how much chance within a draw, in words."""
    split = found.split.parameters
    if split is None:
        return "Draws do not differ beyond the noise: no parameter can be made out."
    return (
        "Whether it happens differs between runs: parameters (what differs between draws) make "
        f"{share(split)} of that variance, chance within a draw the rest."
    )


def _parameters(found: Drivers) -> Page:
    """The table of parameters, and how many do not differ from nothing beyond chance."""
    if found.additive is None or found.chance is None:
        return []
    shown = [effect for effect in found.effects if effect.curve is not None or effect.first.seen]
    heads: tuple[str, ...] = ("Parameter", "First-order", "Total", "P, lowest tenth to highest")
    rows = [_row(effect) for effect in shown]
    if not any(effect.curve for effect in shown):  # --top 0
        heads, rows = heads[:2], [row[:2] for row in rows]
    elif found.condition is not None:  # there are no total effects
        heads, rows = (*heads[:2], heads[3]), [(*row[:2], row[3]) for row in rows]
    depend = found.dependent or found.condition is not None
    rest = "" if depend else ", interactions the rest"
    unseen = f"{len(found.effects) - len(found.seen)} of {len(found.effects)} parameters"
    return [
        Table(heads, rows),
        "Shares of the variance between draws, with 90% intervals; all first-order effects "
        f"together make {share(found.additive)}{rest}.\n"
        f"~ marks what chance would show: {unseen} cannot be distinguished from no effect at all "
        f"(first-order under {found.chance:.3f}, all of them considered together)."
        f"{_dependence(found)}",
    ]


def _dependence(found: Drivers) -> str:
    """What effects mean where parameters depend on each other; empty where they do not."""
    if found.condition is not None:
        return (
            "\nAll of it is of the runs that meet the condition, in which parameters depend on "
            "each other. A first-order effect is the share that vanishes on average once the "
            "parameter is known, too; it includes what the parameter tells of others, so effects "
            "may sum to more than 1. There are no total effects and no claims: to draw one "
            "parameter again, or to take a claim away, would change which runs meet the condition."
        )
    if not found.dependent:
        return ""
    return (
        f"\nParameters depend on each other: {found.dependent} are drawn together, from the joint "
        "draws. A first-order effect is the share that vanishes on average once the parameter is "
        "known; it includes what the parameter tells of others, so effects may sum to more than 1; "
        "what the rows of the joint draws would show by accident is taken off. "
        "There are no total effects: to draw one parameter again alone would break the dependence."
    )


def _row(effect: Effect) -> tuple[str, ...]:
    curve = effect.curve
    ends = f"{curve.probability[0]:.2f} then {curve.probability[-1]:.2f}" if curve else ""
    mark = "" if effect.first.seen else " ~"
    total = share(effect.total) if effect.total else ""
    return effect.title, share(effect.first.first_order) + mark, total, ends


def _ablations(found: Drivers) -> Page:
    """The table of claims, the largest difference first."""
    if not found.ablations:
        return []
    name = found.outcome
    ordered = sorted(found.ablations, key=lambda one: -abs(one.differences[name].value))
    rows = [row for one in ordered for row in _claim_rows(one, name)]
    count = len(found.ablations)
    return [
        Table(("Claim", "Without it", "Difference", "MC error"), rows),
        "Difference: the probability without the claim less that with it, with common random "
        f"numbers. {len(found.moving)} of {count} are beyond two standard errors; by chance alone "
        f"some {round(count * 0.05)} would be.",
    ]


def _claim_rows(one: Ablated, outcome: str) -> list[tuple[str, ...]]:
    d = one.differences[outcome]
    rows: list[tuple[str, ...]] = [(one.claim, one.off, d.value_text, d.error_text)]
    if one.control is not None:
        c = one.control[outcome]
        words = "control: each run chooses by another run's belief"
        rows.append(("", words, c.value_text, c.error_text))
    return rows


def share(index: Index) -> str:
    """``".31 (.28–.34)"``: an index in the digits that its error supports, and its interval."""
    places = formatting.decimals(index.error) if index.error > 0 else 2
    low, high = (formatting.text(end, places) for end in index.interval_90)
    return f"{formatting.text(max(index.value, 0.0), places)} ({low}–{high})"
