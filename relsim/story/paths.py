"""Typical paths to a rare outcome: the runs that met it in groups, by what began their last climb.

The groups are ordered by weight; each is told by one of its runs, the one whose climb took the
middle number of weeks.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from relsim.brief import Brief
from relsim.inference.rare.outline import FALL, RISE, Deed, Outline
from relsim.scenario.schema import Scenario
from relsim.story.wording import day_words, deed_words, listed, move_words, subject_words
from relsim.worlds.clock import WEEK
from relsim.worlds.stage import STRONG

if TYPE_CHECKING:
    from relsim.inference.rare.rarely import Rare

__all__ = ["Path", "paths_of", "paths_text"]

MOST_PATHS = 3
POSTURE = "posture"  # the effect of a move that may start a climb, beside collisions
MOST_TOLD = 10  # deeds of a story
BY_ITSELF = "an incident of the days before"


@dataclass(frozen=True, repr=False)
class Path(Brief):
    """Runs that met the outcome after one kind of beginning.

    Attributes
    ----------
    began_with : str
        What happened in the week that ends with the first rise, in words.
    share : float
        Of the weight of all runs that are told of.
    runs : int
        How many these are.
    weeks : float
        The middle number of weeks from the first rise to the outcome, by weight.
    typical : Outline
        The run that is told.
    """

    began_with: str
    share: float
    runs: int
    weeks: float
    typical: Outline


def paths_of(found: Rare, most: int = MOST_PATHS) -> list[Path]:
    """Groups of the runs that met the outcome, the heaviest first; none where none are told of."""
    groups: dict[str, list[Outline]] = {}
    for outline in found.outlines:
        groups.setdefault(_began_with(found.scenario, outline), []).append(outline)
    total = sum(one.weight for one in found.outlines)
    paths = [
        Path(name, sum(o.weight for o in own) / total, len(own), weeks_of(middle), middle)
        for name, own in groups.items()
        for middle in (_middle(own),)
    ]
    return sorted(paths, key=lambda path: -path.share)[:most]


def weeks_of(outline: Outline) -> float:
    """Weeks from the first rise to the outcome."""
    return (outline.day - outline.began) / WEEK


def _middle(own: Sequence[Outline]) -> Outline:
    """The outline at half of the weight, in order of the weeks that the climb took."""
    ordered = sorted(own, key=weeks_of)
    half, so_far = sum(one.weight for one in own) / 2, 0.0
    for one in ordered:
        so_far += one.weight
        if so_far >= half:
            break
    return one


def _began_with(scenario: Scenario, outline: Outline) -> str:
    """Collisions and shows of force in the week that ends with the first rise."""
    causes = {
        words
        for deed in outline.deeds
        if outline.began - WEEK < deed.day <= outline.began
        and (words := _cause(scenario, deed)) is not None
    }
    return listed(sorted(causes)) if causes else BY_ITSELF


def _cause(scenario: Scenario, deed: Deed) -> str | None:
    spec = scenario.moves.get(deed.kind)
    if deed.kind == "collision":
        return f"a collision in {subject_words(scenario, str(deed.subject))}"
    if spec is not None and spec.effect == POSTURE and deed.actor is not None:
        return f"{move_words(scenario, deed.kind)} by {scenario.actors[deed.actor].name}"
    return None


def paths_text(found: Rare, most: int = MOST_PATHS) -> str:
    """The typical paths as stories; empty where none are told of."""
    paths = paths_of(found, most)
    if not paths:
        return ""
    number = sum(path.runs for path in paths)
    lines = [f"Typical paths to it, by weight ({number} runs told, of {len(found.outlines)})"]
    for path in paths:
        weeks = f"{path.weeks:.0f} week{'' if round(path.weeks) == 1 else 's'}"
        lines += ["", f"{path.share:.0%} began with {path.began_with}; {weeks} from the first rise"]
        lines += [f"  {line}" for line in _story(found.scenario, path.typical)]
    return "\n".join(lines)


def _story(scenario: Scenario, outline: Outline) -> Iterator[str]:
    """What happened in one run, from a week before its climb on: rises, falls, what they rest on.

    Of a long climb the middle is left out.
    """
    shown = [deed for deed in outline.deeds if _tells(scenario, deed)]
    half = MOST_TOLD // 2
    for place, deed in enumerate(shown):
        if len(shown) > MOST_TOLD and half <= place < len(shown) - half:
            if place == half:
                yield f"… {len(shown) - MOST_TOLD} more"
            continue
        yield f"{day_words(scenario.date_of(deed.day))}: {_words(scenario, deed)}"


def _tells(scenario: Scenario, deed: Deed) -> bool:
    """Whether a deed moves the ladder, may move it, or is a strong hostile move."""
    spec = scenario.moves.get(deed.kind)
    return (
        deed.kind in (RISE, FALL)
        or _cause(scenario, deed) is not None
        or (spec is not None and spec.kind == STRONG)
    )


def _words(scenario: Scenario, deed: Deed) -> str:
    subject = "" if deed.subject is None else subject_words(scenario, deed.subject)
    if deed.actor is not None and deed.kind in scenario.moves:
        return f"{scenario.actors[deed.actor].name}: {move_words(scenario, deed.kind)}"
    line = deed_words(deed.kind)[1]
    return f"{line} ({subject})" if subject else line
