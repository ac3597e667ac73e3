"""Where an update stands, as a file: further weeks go on from it without the earlier ones anew."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
from pydantic_core import from_json

from relsim.array_types import Doubles
from relsim.errors import UsageError
from relsim.estimates.probability import Estimate
from relsim.inference.calibrate.tempering_file import read_arrays, write_arrays
from relsim.inference.update.weekly import Found, Population, Rejuvenation, Weekly

__all__ = ["Stand", "broken_state", "read_stand", "write_stand"]

ARRAYS = (
    "w", "others", "log_weights", "weekly", "by_move", "log_predictive", "bits_of_moves",
    "effective", "distinct",
)  # fmt: skip


@dataclass(frozen=True)
class Stand:
    """Where an update stands after a whole week.

    Attributes
    ----------
    population : Population
    weekly : Weekly
        Of the weeks so far; what it kept is left out.
    first_stage : (date, dict of Estimate)
        The forecast before any evidence.
    ends : tuple of int
        Days at whose end draws were weighed beside the ends of weeks, the last one among them.
    seen : str
        Hash of the moves until then.
    """

    population: Population
    weekly: Weekly
    first_stage: tuple[date, dict[str, Estimate]]
    ends: tuple[int, ...]
    seen: str

    @property
    def weeks(self) -> int:
        """Number of weeks that are in."""
        return len(self.weekly.log_predictive)


def write_stand(stand: Stand, file: Path, fingerprint: str) -> None:
    """Write an .npz file; it is whole, or the old one stays.

    Raises
    ------
    UsageError
        If it cannot be written.
    """
    now, weekly = stand.population, stand.weekly
    day, estimates = stand.first_stage
    plain = {
        "paths": list(now.others),
        "rejuvenations": [asdict(one) for one in weekly.rejuvenations],
        "least": weekly.least,
        "day": day.isoformat(),
        "ends": list(stand.ends),
        "seen": stand.seen,
        "estimates": {name: one.to_json() for name, one in estimates.items()},
    }
    arrays = (
        now.w, np.array(list(now.others.values())).reshape(-1, len(now.w)), now.log_weights,
        now.found.weekly, now.found.by_move, weekly.log_predictive, weekly.by_move,
        weekly.effective, weekly.distinct,
    )  # fmt: skip
    named: dict[str, Any] = {
        name: np.asarray(a, np.float64) for name, a in zip(ARRAYS, arrays, strict=True)
    }
    named |= {"fingerprint": np.array(fingerprint), "told": np.array(json.dumps(plain))}
    write_arrays(file, named)


def broken_state(file: Path | None) -> UsageError:
    """What is raised of a file that is not whole, or was changed."""
    return UsageError(f"{file} is no whole file of an update: remove it, and begin anew")


def read_stand(file: Path, fingerprint: str) -> Stand:
    """Where an update stood, from the file that `write_stand` wrote.

    Raises
    ------
    UsageError
        If the file is broken, or belongs to another fingerprint.
    """
    broken = broken_state(file)
    arrays = read_arrays(file, ("fingerprint", "told", *ARRAYS), broken)
    theirs, words = str(arrays.pop("fingerprint")), str(arrays.pop("told"))
    try:
        plain = from_json(words, allow_inf_nan=False)
    except ValueError:
        raise broken from None
    if theirs != fingerprint:
        raise UsageError(
            f"{file} belongs to another update: of another scenario, seed or size; remove it, or "
            "name another file"
        )
    if not _fits(arrays):
        raise broken
    try:
        return _stand(arrays, plain)
    except (KeyError, TypeError, ValueError, AttributeError):
        raise broken from None


def _fits(arrays: dict[str, Doubles]) -> bool:
    """Whether the shapes belong together, and all is a number."""
    draws, weeks = len(arrays["w"]), len(arrays["log_predictive"])
    moves = len(arrays["bits_of_moves"])
    shapes = {
        "log_weights": (draws,), "weekly": (weeks, draws), "by_move": (moves, draws),
        "effective": (weeks,), "distinct": (weeks,), "log_predictive": (weeks,),
    }  # fmt: skip
    return (
        all(a.dtype == np.float64 and np.isfinite(a).all() for a in arrays.values())
        and all(arrays[name].shape == shape for name, shape in shapes.items())
        and arrays["w"].ndim == arrays["others"].ndim == 2
        and arrays["others"].shape[1] == draws
    )


def _stand(arrays: dict[str, Doubles], plain: dict[str, Any]) -> Stand:
    others = dict(zip(plain["paths"], arrays["others"], strict=True))
    population = Population(
        arrays["w"], others, arrays["log_weights"], Found(arrays["weekly"], arrays["by_move"])
    )
    weekly = Weekly(
        arrays["log_predictive"], arrays["bits_of_moves"], arrays["effective"],
        arrays["distinct"], float(plain["least"]),
        tuple(map(_rejuvenation, plain["rejuvenations"])), {},
    )  # fmt: skip
    estimates = {name: Estimate.from_json(one) for name, one in plain["estimates"].items()}
    first, ends = date.fromisoformat(plain["day"]), tuple(map(int, plain["ends"]))
    if not ends:
        raise ValueError("no day")
    return Stand(population, weekly, (first, estimates), ends, str(plain["seen"]))


def _rejuvenation(plain: dict[str, Any]) -> Rejuvenation:
    if not all(isinstance(value, int | float) for value in plain.values()):
        raise ValueError("no number")
    return Rejuvenation(**plain)
