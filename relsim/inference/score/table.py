"""What a reader gets of scores: each forecast, each reference, reliability, and what to mind."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from relsim.estimates import formatting
from relsim.inference.score.corp import FEWEST, reliability_table
from relsim.inference.score.references import BASE, STATUS_QUO
from relsim.inference.score.scoring import FEWEST_SCENARIOS, ScoredOutcome, Scores, Skill
from relsim.tables import Page, Table

__all__ = ["page"]

RULES = {
    "brier": "Brier score",
    "log": "Log score, nats",
    "rps": "Ranked probability by year",
    "crps_days": "CRPS of the date, days",
}
LONGEST_NAME = 26  # of a question, so that its row fits into 80 columns
LEGEND = (
    "Lower scores are better. Skill: 1 − score / reference's score, 1 for perfect forecasts, below "
    "0 for worse ones than the reference. Gain: nats a forecast."
)


def page(scores: Scores) -> Page:
    """All of it, with what limits it said below."""
    parts: list[str | Table] = []
    if scores.outcomes:
        parts.append(_outcome_table(scores.outcomes))
    if scores.numbers:
        parts.append(_number_table(scores))
    for rule, heading in RULES.items():
        if skills := [skill for skill in scores.skills if skill.rule == rule]:
            parts.append(_skill_table(heading, skills))
    if scores.reliability is not None:
        parts.append(reliability_table(scores.reliability))
    return [*(parts or ["Nothing is resolved yet."]), "\n".join(_said(scores))]


def _outcome_table(outcomes: Sequence[ScoredOutcome]) -> Table:
    several = len({one.as_of for one in outcomes}) > 1 or len({o.scenario for o in outcomes}) > 1
    rows = []
    for one in outcomes:
        name = one.outcome if not several else f"{one.outcome} {one.as_of}"
        marks = one.marks
        rows.append(
            (
                _short(name, LONGEST_NAME + 11 * several),
                formatting.text(one.probability, 3),
                ("yes" if one.happened else "no") + (" early" if one.early else ""),
                f"{marks.brier:.3f}",
                f"{marks.log:.2f}" + ("*" if one.clipped else ""),
                None if marks.rps is None else f"{marks.rps:.3f}",
                None if marks.crps_days is None else f"{marks.crps_days:.0f}",
            )
        )
    return Table(("Question", "Said", "Answer", "Brier", "Log", "RPS", "Days"), rows)


def _short(name: str, most: int) -> str:
    return name if len(name) <= most else f"{name[: most - 1]}…"


def _number_table(scores: Scores) -> Table:
    rows = [
        (_short(one.quantity, 40), f"{one.median:g}", f"{one.observed:g}", f"{one.crps:.3g}")
        for one in scores.numbers
    ]
    return Table(("Quantity", "Median", "Came to", "CRPS"), rows)


def _skill_table(heading: str, skills: Sequence[Skill]) -> Table:
    rows = []
    for skill in skills:
        places = 0 if skill.rule == "crps_days" else 3
        interval = skill.interval_90
        rows.append(
            (
                _short(skill.reference, 24),
                skill.questions,
                f"{skill.score:.{places}f}",
                f"{skill.reference_score:.{places}f}",
                None if skill.skill is None else _signed(skill.skill),
                None if interval is None else f"{_signed(interval[0])} to {_signed(interval[1])}",
            )
        )
    gain = "Gain" if skills[0].rule == "log" else "Skill"
    headings = (heading, "Number", "Score", "Reference", gain, "90% interval")
    if all(skill.interval_90 is None for skill in skills):
        return Table(headings[:-1], [row[:-1] for row in rows])
    return Table(headings, rows)


def _signed(number: float) -> str:
    return formatting.text(number, 2, signed=True)


def _said(scores: Scores) -> Iterator[str]:
    """What the reader has to mind."""
    if scores.outcomes:
        yield LEGEND
    if any(one.clipped for one in scores.outcomes):
        yield (
            "* The log score takes a probability under 1/(2n + 2) for that, where n is the number "
            "of draws: fewer hits than that they cannot tell from none."
        )
    early = [one for one in scores.outcomes if one.early]
    if early:
        yield (
            f"Early: {_forecasts(len(early))} answered before the last day of the term. These can "
            "come about any day, and fail to only at the end: until all are answered, scores lean "
            "towards what came about."
        )
    if scores.open:
        more = f", {scores.open_one_way} of them of that kind" if scores.open_one_way else ""
        yield f"Open: {_forecasts(scores.open)} of outcomes without a resolution{more}."
    if scores.void:
        yield f"Void: {_forecasts(scores.void)}, not scored."
    if scores.unasked:
        yield f"Resolutions of scenarios without a record: {scores.unasked}."
    if scores.skills and all(skill.interval_90 is None for skill in scores.skills):
        yield (
            "No interval of a skill: questions of one scenario hang together, and fewer than "
            f"{FEWEST_SCENARIOS} scenarios say nothing about it."
        )
    if 0 < len(scores.outcomes) < FEWEST:
        yield f"No reliability: it needs {FEWEST} forecasts that are resolved."
    if scores.without_scenario:
        listed = ", ".join(scores.without_scenario[:3])
        yield (
            f"No {BASE} or {STATUS_QUO} for {listed}: the scenario is not at hand; give the result "
            "folder."
        )


def _forecasts(number: int) -> str:
    return f"{number:,} forecast" + ("" if number == 1 else "s")
