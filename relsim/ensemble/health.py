"""How the runs of an ensemble fared."""

from dataclasses import dataclass

from relsim.brief import Brief


@dataclass(frozen=True, repr=False)
class Health(Brief):
    """How the runs fared.

    Attributes
    ----------
    failed : int
        Runs that are left out: a number in them was not finite, or their chunk broke off.
    runs : int
    unfinished : int
        Runs not simulated yet.
    chunks_failed : int
    """

    failed: int
    runs: int
    unfinished: int = 0
    chunks_failed: int = 0

    def __str__(self) -> str:
        said = []
        if self.failed:
            said.append(f"{self.failed:,} of {self.runs:,} runs failed")
        if self.chunks_failed:
            said[-1] += f" ({self.chunks_failed} chunk{'s' * (self.chunks_failed > 1)} broke off)"
        if self.unfinished:
            said.append(f"{self.unfinished:,} of {self.runs:,} runs not simulated yet")
        return "; ".join(said) or "all runs finite"
