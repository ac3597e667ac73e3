"""One run as a story: an ensemble says how likely, one of its runs says how.

Simulates a small ensemble, picks the first run with détente and the first without, prints what the
conditions of détente had of each, and asks what would have been if one move had not been made.
`python examples/one_run_as_a_story.py` takes some fifteen seconds and writes a figure.
"""

import relsim
from relsim import replay
from relsim.plots import save, timeline
from relsim.plots.style import finished
from relsim.story.happenings import Happening
from relsim.story.reasons import Reason
from relsim.story.story import Story


def reasons(reason: Reason, depth: int = 0) -> None:
    """Print a condition and those inside it, each with what the run had of it."""
    mark = "met" if reason.met else "unmet"
    print(f"{'  ' * depth}{mark}: {reason.asks} ({reason.evidence})")
    for part in reason.parts:
        reasons(part, depth + 1)


def least_likely(story: Story) -> Happening:
    """The move that had the smallest probability when it was made."""
    chosen = {h.choice.probability: h for h in story.log if h.choice is not None}
    return chosen[min(chosen)]


def main() -> None:
    """Tell two runs, and change one move of the first."""
    ensemble = relsim.simulate(relsim.load("us-russia-2021"), runs=512, draws=64, seed=1)
    met = ensemble.happened("detente")
    print("Détente:", ensemble.probability("detente"))

    thaw, frost = (replay(ensemble, int((met == wanted).argmax())) for wanted in (True, False))
    for story in (thaw, frost):
        outcome = story.outcomes["detente"]
        print(f"\nRun {story.run}, détente: {outcome.date or 'never'}")
        reasons(outcome.reason)

    move = least_likely(thaw)
    print(f"\nThe least likely move of run {thaw.run}: {move.date} {move.words}")
    without = replay(ensemble, thaw.run, change=f"{move.date} {move.actor} hold")
    differing = without.against(thaw)
    print(f"Without it {len(differing.gone)} happenings are gone and {len(differing.new)} are new.")
    for name in differing.outcomes:
        was, now = thaw.outcomes[name].date, without.outcomes[name].date
        print(f"  {thaw.outcomes[name].title}: {was or 'never'}, now {now or 'never'}")

    print("\nwrote", save(finished(timeline(thaw)), "one_run.png"))


if __name__ == "__main__":
    main()
