"""A story in lines of text: the run year by year, then why each outcome came about or did not."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from textwrap import wrap
from typing import TYPE_CHECKING

import numpy as np

from relsim.story.run_record import Choice, Happening, OutcomeInRun, Reason
from relsim.story.wording import day_words, move_words, signed

if TYPE_CHECKING:
    from relsim.story.story import Story

__all__ = [
    "forced_words",
    "happening_lines",
    "outcome_lines",
    "paragraph",
    "share",
    "story_text",
]

DATE_WIDTH = len("30 Sep  ")
SMALL = 0.005  # log-odds: less pushes nobody
UNUSUAL = 5  # parameters of a draw that are named
GRID = np.arange(1, 1000) / 1000


def story_text(story: Story, width: int | None) -> str:
    """The whole story; see `Story.text`."""
    lines = [line for text in _heading(story) for line in paragraph(text, 2, width)]
    lines.append("")
    for text, hang in lines_of(story):
        lines += paragraph(text, hang, width)
    lines += ["", "Why each outcome came about, or did not", ""]
    for outcome in story.outcomes.values():
        for text, hang in outcome_lines(outcome):
            lines += paragraph(text, hang, width)
    return "\n".join(lines)


def paragraph(text: str, hang: int, width: int | None) -> list[str]:
    """A line, wrapped if there is a width; further lines are indented by `hang`."""
    if width is None or len(text) <= width:
        return [text]
    # The first line's own indent is text to `wrap`.
    body = text.lstrip(" ")
    own = " " * (len(text) - len(body))
    return wrap(body, width, initial_indent=own, subsequent_indent=" " * hang)


def _heading(story: Story) -> Iterator[str]:
    scenario = story.scenario
    yield scenario.title
    yield (
        f"Run {story.run} of {scenario.name}: draw {story.draw}, seed {story.seed}, "
        f"{story.runs_per_draw} runs a draw"
    )
    if story.forced is not None:
        yield f"Changed: {forced_words(story)}"
    parts = "; ".join(unusual(story))
    if parts:
        yield f"Unusual in this draw: {parts}"


def forced_words(story: Story) -> str:
    """The move that was forced; nothing if none was."""
    forced, scenario = story.forced, story.scenario
    if forced is None:
        return ""
    move = move_words(scenario, forced.move)
    return (
        f"{scenario.actors[forced.actor].name} is made to {move} on {day_words(forced.date)}, "
        f"which had a probability of {share(forced.probability)}"
    )


def unusual(story: Story) -> list[str]:
    """The parameters that lie farthest out in their distributions, with the share below them."""
    found = []
    for path, parameter in story.scenario.parameters().items():
        if parameter.distribution.kind == "point":
            continue
        value = story.parameters[path]
        # Where a discrete value stands on a step, the middle of the step.
        points = parameter.distribution.quantile(GRID)
        below = float(((points < value).mean() + (points <= value).mean()) / 2)
        unit = "" if parameter.unit in ("1", "share") else f" {parameter.unit}"
        rest = min(max(below, 1 - below), 0.99)
        outer = f"{rest:.0%} are {'lower' if below > 0.5 else 'higher'}"
        found.append((-abs(below - 0.5), f"{path} {value:.3g}{unit} ({outer})"))
    return [words for _, words in sorted(found)[:UNUSUAL]]


def lines_of(story: Story) -> Iterator[tuple[str, int]]:
    """Lines of the happenings by year, with what further lines are indented by."""
    shown = [happening for happening in story.happenings if not happening.beside]
    for year, index in story.index_of_years().items():
        yield f"{year}", 0
        for happening in shown:
            if happening.date.year == year:
                yield from happening_lines(happening)
        line = f"Relations index at the end of {_end(story, year)}: {signed(index)}"
        yield " " * DATE_WIDTH + line, DATE_WIDTH
        yield "", 0


def _end(story: Story, year: int) -> str:
    last = story.scenario.date_of(story.days - 1)
    return "the term" if year == last.year else f"{year}"


def happening_lines(happening: Happening) -> Iterator[tuple[str, int]]:
    """When, who, what, and what it changed; below it how it came to be chosen."""
    when = f"{happening.date.day:>2} {happening.date:%b}"
    line = f"{when:{DATE_WIDTH}}{happening.words}"
    if happening.weight:
        line += f" ({signed(happening.weight, 1)})"
    if happening.dated and happening.logged:
        line += ", as the scenario has it"
    if happening.changed:
        line += f": {'; '.join(happening.changed)}"
    yield line, DATE_WIDTH
    if happening.choice is not None:
        yield " " * DATE_WIDTH + choice_words(happening.choice), DATE_WIDTH + 2


def choice_words(choice: Choice) -> str:
    """Probability, and what pushed for the move and against it.

    A motive below its reference state is called low: that is what pushes for a move that
    expresses the opposite of the motive.
    """
    words = "forced, " if choice.forced else ""
    words += f"probability {share(choice.probability)}"
    if choice.rule != "logit":
        return f"{words} by rule {choice.rule}"
    pushes = {
        f"low {name}" if choice.drivers[name] < 0 else name: push
        for name, push in choice.pushes.items()
    } | {"unanswered move": choice.answer}
    ordered = sorted(pushes.items(), key=lambda push: -abs(push[1]))
    pro = _pushing({name: push for name, push in ordered if push > SMALL})
    con = _pushing({name: push for name, push in ordered if push < -SMALL})
    parts = [f"for it {pro}"] * bool(pro) + [f"against it {con}"] * bool(con)
    return f"{words} (routine {share(choice.routine)}): {'; '.join(parts) or 'nothing pushed'}"


def _pushing(pushes: Mapping[str, float]) -> str:
    return ", ".join(f"{name} {signed(push)}" for name, push in pushes.items())


def share(probability: float) -> str:
    """A probability in percent, two digits of it.

    Examples
    --------
    >>> share(0.01234), share(0.5), share(0.9996), share(0.0)
    ('1.2%', '50%', '99.960%', '0%')
    """
    if probability in (0, 1):
        return f"{100 * probability:.0f}%"
    places = max(0, 1 - int(np.floor(np.log10(100 * min(probability, 1 - probability)))))
    return f"{100 * probability:.{places}f}%"


def outcome_lines(outcome: OutcomeInRun) -> Iterator[tuple[str, int]]:
    """An outcome, its day, and the conditions inside it."""
    when = "never" if outcome.date is None else day_words(outcome.date)
    yield f"{outcome.title}: {when}", 2
    yield from _reason_lines(outcome.reason, 1)
    yield "", 0


def _reason_lines(reason: Reason, depth: int) -> Iterator[tuple[str, int]]:
    mark = "met   " if reason.met else "unmet "
    line = f"{'  ' * depth}{mark}{reason.asks}"
    when = "" if reason.date is None else day_words(reason.date)
    parts = [f"met on {when}"] * bool(when and when not in reason.evidence)
    parts += [reason.evidence] * bool(reason.evidence)
    if parts:
        line += f": {'; '.join(parts)}"
    yield line, 2 * depth + len(mark)
    for part in reason.parts:
        yield from _reason_lines(part, depth + 1)
