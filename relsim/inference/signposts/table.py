"""Signposts for a reader: two tables, and a sentence on each to paste."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from relsim.ensemble.conditioning import heading_of
from relsim.estimates import formatting
from relsim.estimates.probability import Estimate
from relsim.inference.signposts.information import LEVEL
from relsim.tables import Page, Table

if TYPE_CHECKING:
    from relsim.inference.signposts.interventions import Doing
    from relsim.inference.signposts.signposts import Signpost, Signposts

__all__ = ["nothing_told", "page", "sentence"]

SEEING = ("No.", "Signpost", "Share", "If seen", "If not", "Forced", "Kept off")
TELLING = ("No.", "Bits", "90%", "Ratio seen", "90%", "Ratio unseen", "90%")


def page(found: Signposts) -> Page:
    """What to watch: seeing beside doing, what each tells, and sentences."""
    title = found.scenario.outcomes[found.outcome].title
    stands = f"if it has not come about by {found.by}" if found.settled else "as things stand"
    first = (
        f"What to watch until {found.by} for: {title}\n"
        f"Probability {stands}: {found.probability.value_text} "
        f"{found.probability.error_text}".rstrip()
    )
    first += heading_of(found.condition)
    if not found.signposts:
        return [first, nothing_told(found), _about(found)]
    posts = list(enumerate(found.signposts, start=1))
    seeing = Table(SEEING, [_seeing(number, post) for number, post in posts])
    telling = Table(TELLING, [_telling(number, post) for number, post in posts])
    said = "\n".join(f"{number}. {sentence(found, post)}" for number, post in posts)
    return [first, seeing, telling, said, _legend(found), _about(found)]


def nothing_told(found: Signposts) -> str:
    """What is said where there is no signpost."""
    return (
        f"Nothing among {found.candidates} candidates is seen to tell anything of it, beyond what "
        "chance would show."
    )


def _about(found: Signposts) -> str:
    settled = ""
    if found.settled > 0:
        settled = f"; in {found.settled:.1%} of the runs it had come about by then: left out"
        if any(post.doing is not None for post in found.signposts):
            settled += " of all but Forced and Kept off"
    return (
        f"{found.runs:,} runs over {found.draws:,} draws, seed {found.seed}: chosen on one half of "
        f"the draws, measured on the other{settled}"
    )


def _legend(found: Signposts) -> str:
    return (
        "Share: probability that it is seen. If seen, if not: probability of the outcome then.\n"
        "Forced: its probability if the move is brought about in all runs where it does not happen "
        "anyway; kept off: if it is kept from happening, - where that cannot be done.\n"
        "Bits: how much seeing it or not tells. Ratio: by what the odds are multiplied if it is "
        "seen, and if it is not.\n"
        f"Reported of {found.candidates} candidates is what stands at {LEVEL:.0%} over all that "
        "were chosen."
    )


def _seeing(number: int, post: Signpost) -> tuple[object, ...]:
    chances = (_value(post.seen), _value(post.unseen))
    doing = post.doing
    done = ("-", "-")
    if doing is not None:
        done = (_value(doing.forced), "-" if doing.prevented is None else _value(doing.prevented))
    return number, post.candidate.title, formatting.text(post.information.share, 2), *chances, *done


def _value(found: Estimate) -> str:
    return found.value_text


def _telling(number: int, post: Signpost) -> tuple[object, ...]:
    found = post.information
    cells = (
        (found.bits, found.bits_interval_90, ".3f"),
        (found.ratio, found.ratio_interval_90, ".2g"),
        (found.absence, found.absence_interval_90, ".2g"),
    )
    said = (
        (_number(value, form), f"{_number(low, form)}–{_number(high, form)}")
        for value, (low, high), form in cells
    )
    return number, *(cell for pair in said for cell in pair)


def _number(value: float, form: str) -> str:
    text = format(value, form)
    if form.endswith("g"):
        text = format(float(text), "g")  # "120", and not "1.2e+02"
    return text.removeprefix("0") or "0"


def sentence(found: Signposts, post: Signpost, number: Callable[[str], str] = str) -> str:
    """What a signpost tells and what doing it would do, in words to paste.

    Parameters
    ----------
    found : Signposts
        Of which it is one.
    post : Signpost
        What is told of.
    number : callable
        How a probability is written, from ``".58"``.
    """
    title = found.scenario.outcomes[found.outcome].title
    before = found.probability
    unsettled = f"“{title}” has not come about by {found.by}, and " if found.settled else ""
    unseen = _moves(before, post.unseen, number, again=True)
    sentence = (
        f"If {unsettled}“{post.candidate.title}” is seen by {found.by}, the probability of "
        f"“{title}” {_moves(before, post.seen, number)}; if it is not, it {unseen}."
    )
    doing = post.doing
    if doing is None:
        why = f" What doing it would bring about is not known: {post.why_not}."
        return sentence + (why if post.why_not else "")
    return f"{sentence} {_done(before, doing, number)}"


def _moves(
    before: Estimate, after: Estimate, number: Callable[[str], str], *, again: bool = False
) -> str:
    """``"rises from .55 to .68"``, in the digits that the errors support."""
    if after.value_text == before.value_text:
        return f"stays at {number(after.value_text)}"
    verb = "rises" if after.value > before.value else "falls"
    start = "" if again else f"from {number(before.value_text)} "
    return f"{verb} {start}to {number(after.value_text)}"


def _done(before: Estimate, doing: Doing, number: Callable[[str], str]) -> str:
    """What doing brings about, and whether that is more than noise."""
    effect, (low, high) = doing.effect, doing.effect.mc_interval_90
    how = number(f"{effect.value_text} {effect.error_text}").replace("%", " points")
    if doing.share_forced < 0.995:
        how += f"; it then comes about in only {doing.share_forced:.0%} of the runs"
    rather = "not doing so" if doing.prevented is None else "preventing it"
    if low <= 0 <= high:
        return f"Forcing it rather than {rather} changes nothing beyond noise ({how})."
    kept = ""
    if doing.prevented is not None:
        kept = (
            f"; if it is prevented, it {_moves(doing.usual, doing.prevented, number, again=True)}"
        )
    again = doing.usual.value_text == before.value_text
    forced = _moves(doing.usual, doing.forced, number, again=again)
    return f"If it is forced in all runs, the probability {forced}{kept} (difference {how})."
