"""Parameters as coordinates that are standard normal a priori: z-space.

What a record can tell of is a coordinate. Whatever else is uncertain stands at its prior's median
as the record is weighed, and keeps its prior in what comes of it.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from fnmatch import fnmatchcase

import numpy as np
from scipy.special import ndtr

from relsim.array_types import Doubles
from relsim.scenario.fields.distributions import Distribution
from relsim.scenario.schema import Scenario
from relsim.worlds.parameters import drawn_by

__all__ = ["Coordinates", "coordinates_of"]

ERA = "ln ω"  # coding intensity of an era; with its number
SIGMA_OF_INTENSITY = 0.6  # judged: two coders of one time differ by a factor of two or so
OUTERMOST = 8.0  # normal deviations; beyond, a float64 knows no probability
# What a record of moves can tell of: at 24 draws of a first posterior, a step of 1.5 prior standard
# deviations changed the log-likelihood of the record of 2013–2021 by more than a unit or so.
LEARNED = (
    "dyad.rivalry", "actors.*.stake", "actors.*.breakeven", "actors.*.pressure_works",
    "actors.*.learning_rate", "actors.*.gain*", "actors.*.openings_value", "actors.*.trust_value",
    "actors.*.audience", "actors.*.trust", "actors.*.trust_rate", "actors.*.trust_half_life",
    "actors.*.*_reciprocity", "actors.*.memory_half_life", "actors.*.hostility_saturation",
    "actors.*.goodwill_saturation",
    "actors.*.debt_half_life", "actors.*.reference.hostility", "actors.*.reference.goodwill",
    "actors.*.reference.trust", "actors.*.momentum*", "bursts.*",
    "talks.responsiveness", "talks.summit_held", "talks.rivalry_weight", "talks.chill_weight",
    "talks.summit_relief", "issues.*.agreement_rate", "moves.*.rate.*", "moves.*.answered.*",
)  # fmt: skip


@dataclass(frozen=True)
class Coordinates:
    """Which parameters z-space has, and what they are worth.

    Attributes
    ----------
    learned : dict of Distribution
        Of each coordinate but the coding intensities: by dotted path, or ``path@date`` of what a
        change of leaders draws anew.
    aside : dict of Distribution
        Of what else is uncertain.
    eras : int
        Number of coding intensities, the last coordinates.
    """

    learned: dict[str, Distribution]
    aside: dict[str, Distribution]
    eras: int

    @property
    def names(self) -> tuple[str, ...]:
        """Of all coordinates."""
        return (*self.learned, *(f"{ERA} {number}" for number in range(self.eras)))

    def values(self, z: Doubles) -> dict[str, Doubles]:
        """The learned parameters of some draws in the engine's units; z is (draws, coordinates)."""
        u = ndtr(np.clip(z, -OUTERMOST, OUTERMOST))
        return {
            path: distribution.quantile(u[:, number])
            for number, (path, distribution) in enumerate(self.learned.items())
        }

    def log_intensity(self, z: Doubles) -> Doubles:
        """ln ω of each era, (eras, draws)."""
        intensity: Doubles = SIGMA_OF_INTENSITY * z[:, z.shape[1] - self.eras :].T
        return intensity

    def others(self, draws: int) -> dict[str, Doubles]:
        """What is not learned, at its median, each (draws,)."""
        half = np.full(draws, 0.5)
        return {path: distribution.quantile(half) for path, distribution in self.aside.items()}


def coordinates_of(
    past: Scenario, own: Collection[str], eras: int, recorded: Collection[str]
) -> Coordinates:
    """The coordinates of a scenario of the past.

    Parameters
    ----------
    past : Scenario
        That is led along the record.
    own : collection of str
        Dotted paths of the scenario that is to learn: what only the past has is not learned.
    eras : int
        Each has a coding intensity.
    recorded : collection of str
        Moves that the record has: of others it says next to nothing.
    """
    values = past.parameters()
    units = {path: value.unit for path, value in values.items()}
    uncertain = {
        path: value.distribution for path, value in values.items() if value.constant is None
    }
    for entry in past.calendar:
        drawn = drawn_by(entry, units, f"@{entry.date}")
        uncertain |= {path: d for path, d in drawn.items() if d.constant is None}
    learned = {
        path for path in uncertain if path.partition("@")[0] in own and is_learned(path, recorded)
    }
    return Coordinates(
        {path: d for path, d in uncertain.items() if path in learned},
        {path: d for path, d in uncertain.items() if path not in learned},
        eras,
    )


def is_learned(path: str, recorded: Collection[str]) -> bool:
    """Whether a record with these moves can tell of a parameter.

    Examples
    --------
    >>> is_learned("actors.US.gain@2017-01-20", ()), is_learned("ladder.momentum", ())
    (True, False)
    >>> is_learned("moves.threaten.rate.US", ()), is_learned("moves.threaten.rate.US", ["threaten"])
    (False, True)
    """
    section, _, rest = path.partition(".")
    if section == "moves" and rest.partition(".")[0] not in recorded:
        return False
    return any(fnmatchcase(path, pattern) for pattern in LEARNED)
