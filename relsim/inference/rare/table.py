"""What was found of a rare outcome, for a reader and as plain data."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING

from relsim.estimates import formatting
from relsim.inference.rare.numbers import FEW_DRAWS, FEWEST_DRAWS, NOT_REACHED
from relsim.inference.rare.ways import PLAIN, SPLITTING
from relsim.scenario.relative import taken_out, taken_out_text
from relsim.tables import Page, Table

if TYPE_CHECKING:
    from relsim.inference.rare.rarely import Rare

__all__ = ["page", "to_json"]

FORMAT = "relsim.rare/1"


def page(found: Rare) -> Page:
    """What a reader gets: the number, how sure it is, how it was found and why so."""
    resolves = found.scenario.outcomes[found.outcome].resolves
    beside = taken_out_text(taken_out(found.scenario))
    news = f", after what happened through {found.through}" if found.through else ""
    return [
        f"{found.scenario.title}\n{found.title}{news}: {resolves}",
        Table((found.title, ""), list(_rows(found))),
        "\n".join(filter(None, (warning(found), beside, about(found)))),
    ]


def _rows(found: Rare) -> Iterator[tuple[str, str]]:
    yield "Probability", " ".join(filter(None, (found.value_text, found.error_text)))
    if found.mc_interval_90 is not None:
        yield "90%, Monte Carlo error alone", formatting.rare_between(*found.mc_interval_90)
    yield "90% over draws", found.interval_text
    of = "" if found.through else f" of {found.runs:,}"  # one a run
    yield "Effective draws", f"{found.effective_draws:.0f}{of}"
    if found.gain is not None:
        yield "One run is worth", f"{_rounded(found.gain)} of plain Monte Carlo"
    yield "Method", found.way.method


def _rounded(gain: float) -> str:
    return f"{gain:.1f}" if gain < 10 else f"{float(f'{gain:.2g}'):,.0f}"


def warning(found: Rare) -> str:
    """What a reader must know before believing the number; empty if there is nothing."""
    if found.refused == NOT_REACHED:
        return "No run reached it: its probability is below what so many runs can see."
    if found.refused == FEW_DRAWS:
        return (
            f"Few draws carry the figure: {found.effective_draws:.0f} effective ones, under "
            f"{FEWEST_DRAWS}. Its error is understated, so there is no interval; more runs bring "
            "more draws."
        )
    if found.refused:
        return f"Not resolved: {found.refused}."
    return ""


def about(found: Rare) -> str:
    """How it was made, and why so."""
    method = {SPLITTING: "Splitting", PLAIN: "Plain Monte Carlo"}.get(
        found.way.method, "Chances added up"
    )
    own = "spread over the draws of an update" if found.through else "each of a draw of its own"
    over = f"; {found.draws:,} draws of 32 runs for what differs over draws" if found.draws else ""
    failed = f"; {found.failed_runs} runs failed" if found.failed_runs else ""
    return (
        f"{method}: {found.way.reason}.\n{found.runs:,} runs, {own}{over}, "
        f"seed {found.seed}, in {found.elapsed_seconds:.1f} s{failed}"
    )


def to_json(found: Rare) -> dict[str, object]:
    """Plain data."""
    start = found.scenario.date_of
    return {
        "format": FORMAT,
        "scenario": found.scenario.name,
        **found.provenance,
        "outcome": found.outcome,
        "title": found.title,
        "resolves": found.scenario.outcomes[found.outcome].resolves,
        "method": found.way.method,
        "reason": found.way.reason,
        "probability": found.value,
        "mc_error": found.mc_error if math.isfinite(found.mc_error) else None,
        "mc_interval_90": _listed(found.mc_interval_90),
        "mc_refused": found.refused or None,
        "mc_bounds": _listed(found.bounds),
        "interval_90": _listed(found.interval_90),
        "interval_50": _listed(found.interval_50),
        "spread": found.interval_note or None,
        "effective_draws": found.effective_draws,
        "gain": found.gain,
        "runs": found.runs,
        "draws": found.draws,
        "failed_runs": found.failed_runs,
        "elapsed_seconds": round(found.elapsed_seconds, 3),
        "paths": [
            {
                "draw": one.draw,
                "weight": one.weight,
                "began": start(one.began).isoformat(),
                "met": start(one.day).isoformat(),
                "deeds": [
                    {
                        "date": start(deed.day).isoformat(), "kind": deed.kind,
                        "actor": deed.actor, "subject": deed.subject,
                    }
                    for deed in one.deeds
                ],
            }
            for one in found.outlines
        ],
    }  # fmt: skip


def _listed(interval: tuple[float, float] | None) -> list[float] | None:
    return None if interval is None else list(interval)
