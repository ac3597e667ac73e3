"""What drives an outcome: which numbers, how much is chance, and what one claim does to it.

First-order effects say how much of what differs between draws goes if one number were known; total
effects how much stays if all others were. The ablation takes one claim of the article away, the
collisions, and keeps draws and random streams.

    python examples/drivers.py            # 8,192 runs, some ten seconds
    python examples/drivers.py --figure drivers.png
"""

import argparse

import relsim

OUTCOME = "signs_of_detente"
CLAIM = "C16"  # collisions in four regions


def main(figure: str | None = None, runs: int = 8192, top: int = 4, workers: int = 1) -> None:
    """Print what drives the outcome, and draw it."""
    scenario = relsim.load("us-russia-2021")
    claims = [claim for claim in relsim.ablations(scenario) if claim.claim == CLAIM]
    found = relsim.drivers(
        scenario, OUTCOME, runs, seed=1, workers=workers, ablations=claims, top=top
    )
    print(f"{scenario.outcomes[OUTCOME].title}: {found.probability}")
    parameters = found.split.parameters
    if parameters is not None:
        print(
            f"parameters make {parameters.value:.0%} of the variance, chance within a draw the rest"
        )
    for effect in found.effects[:top]:
        first, total = effect.first.first_order, effect.total
        if effect.curve is not None:
            whole = "" if total is None else f", total {total.value:.2f}"
            low, *_, high = effect.curve.probability
            seen = "" if effect.first.seen else " (chance would show as much)"
            print(
                f"  {effect.parameter}: first-order {first.value:.2f}{whole}; "
                f"the probability goes from {low:.2f} to {high:.2f} along it{seen}"
            )
    for one in found.ablations:
        print(f"without {one.claim} ({one.off}): {one.differences[OUTCOME]}")
    if figure is not None:
        relsim.plots.save(relsim.plots.drivers(found), figure)


# Worker processes import this file; the guard keeps them from running it.
if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--figure", help="where to draw it: a .png, .svg or .pdf")
    parser.add_argument("--runs", type=int, default=8192)
    parser.add_argument("--workers", type=int, default=1)
    asked = parser.parse_args()
    main(asked.figure, asked.runs, workers=asked.workers)
