"""Parameters as coordinates that are standard normal a priori: z-space.

What the record can tell of is a coordinate; whatever else is uncertain is drawn from its prior each
time that a draw is weighed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr

from relsim.array_types import Doubles
from relsim.scenario.fields.distributions import Distribution
from relsim.scenario.fields.values import Number
from relsim.scenario.schema import Scenario
from relsim.worlds.randomness.streams import key_of

__all__ = ["Coordinates", "coordinates_of"]

ERA = "ln ω"  # coding intensity of an era; with its number
SIGMA_OF_INTENSITY = 0.6  # judged: two coders of one time differ by a factor of two or so
OUTERMOST = 8.0  # normal deviations; beyond, a float64 knows no probability
# Sections whose numbers hardly touch how likely a record finds its moves.
ASIDE = ("regions.", "ladder.", "third_parties.", "treaties.", "internal_order.", "projects.")


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

    def others(self, draws: int, seed: int) -> dict[str, Doubles]:
        """What is not learned, drawn from its prior, each (draws,)."""
        random = np.random.Generator(np.random.Philox(key=key_of(seed, "not learned")))
        return {path: d.quantile(random.random(draws)) for path, d in self.aside.items()}


def coordinates_of(past: Scenario, eras: int, aside: Sequence[str] = ASIDE) -> Coordinates:
    """The coordinates of a scenario of the past, with a coding intensity for each era."""
    values = past.parameters()
    uncertain = {
        path: value.distribution for path, value in values.items() if value.constant is None
    }
    for entry in past.calendar:
        for path, written in (entry.set or {}).items():
            drawn = Number(values[path].unit).parse(written).distribution
            if drawn.kind != "point":
                uncertain[f"{path}@{entry.date}"] = drawn
    is_aside = {path: path.startswith(tuple(aside)) for path in uncertain}
    return Coordinates(
        {path: d for path, d in uncertain.items() if not is_aside[path]},
        {path: d for path, d in uncertain.items() if is_aside[path]},
        eras,
    )
