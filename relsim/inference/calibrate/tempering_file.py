"""Where tempering stands, as a file: an interrupted run loses at most one temperature."""

from __future__ import annotations

import zipfile
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from relsim.errors import UsageError
from relsim.inference.calibrate.tempering import Seen, State, Step
from relsim.store.plain_files import replacing

__all__ = ["read_arrays", "read_state", "write_arrays", "write_state"]

NUMBERS = ("temperature", "effective", "ancestors", "log_evidence", "evaluations")


def write_arrays(file: Path, arrays: Mapping[str, Any]) -> None:
    """Write arrays as an .npz file; it is whole, or the old one stays.

    Parameters
    ----------
    file : Path
        In a folder that exists.
    arrays : mapping of name to array
        What the file holds.

    Raises
    ------
    UsageError
        If the file cannot be written.
    """
    try:
        with replacing(file) as stream:
            np.savez(stream, **arrays)
    except OSError as error:
        raise UsageError(f"{file} cannot be written: {error.strerror or error}") from None


def read_arrays(file: Path, names: Collection[str], broken: UsageError) -> dict[str, Any]:
    """Read some arrays of an .npz file, which may be a stranger's: nothing in it is run.

    Parameters
    ----------
    file : Path
        What `write_arrays` wrote.
    names : collection of str
        Of the arrays.
    broken : UsageError
        Raised if one of them is not there, or the file is no whole file of arrays.

    Raises
    ------
    UsageError
        This one, or another if the file cannot be read.
    """
    try:
        with file.open("rb") as stream, np.load(stream, allow_pickle=False) as found:
            return {name: found[name] for name in names}
    except OSError as error:
        if error.errno is None:
            raise broken from None
        raise UsageError(f"{file} cannot be read: {error.strerror}") from None
    except (ValueError, KeyError, EOFError, TypeError, AttributeError, zipfile.BadZipFile):
        raise broken from None


def write_state(state: State, file: Path, fingerprint: str) -> None:
    """Write where tempering stands, an .npz file; it is whole, or the old one stays.

    Parameters
    ----------
    state : State
        As `temper` gives it to `each_step`.
    file : Path
        In a folder that exists.
    fingerprint : str
        Of all that the draws depend on: evidence, prior, seed, number of draws, kinds of moves.

    Raises
    ------
    UsageError
        If the file cannot be written.
    """
    numbers = [[getattr(step, name) for name in NUMBERS] for step in state.steps]
    rates = [[step.acceptance, step.acceptance_fitted] for step in state.steps]
    seen = state.seen or Seen(state.z, state.log_likelihood)
    arrays = {
        "fingerprint": np.array(fingerprint),
        "z": state.z,
        "log_likelihood": state.log_likelihood,
        "numbers": np.array(numbers, dtype=np.float64),
        "rates": np.array(rates, dtype=np.float64),
        "seen": np.hstack(seen),
    }
    write_arrays(file, arrays)


def read_state(file: Path, fingerprint: str) -> State:
    """Where tempering stood, from the file that `write_state` wrote.

    Raises
    ------
    UsageError
        If there is no such file, it is broken, or it belongs to another fingerprint.
    """
    broken = UsageError(f"{file} is no whole file of tempering: remove it, and begin anew")
    names = ("fingerprint", "z", "log_likelihood", "numbers", "rates", "seen")
    found, z, log_likelihood, numbers, rates, seen = read_arrays(file, names, broken).values()
    theirs = str(found)
    if theirs != fingerprint:
        raise UsageError(
            f"{file} belongs to another calculation: its fingerprint is {theirs!r}, "
            f"this one's {fingerprint!r}; remove it, or name another file"
        )
    if (
        any(each.dtype != np.float64 for each in (z, log_likelihood, numbers, rates, seen))
        or z.ndim != 2
        or seen.ndim != 2
        or seen.shape[1] != z.shape[1] + 2
        or not len(seen)
        or not np.isfinite(seen[:, :-2]).all()
        or log_likelihood.shape != (len(z), 2)
        or numbers.ndim != 2
        or numbers.shape[1] != len(NUMBERS)
        or rates.ndim != 3
        or rates.shape[:2] != (len(numbers), 2)
        or not np.isfinite(z).all()
        or not ((numbers[:, 0] > 0) & (numbers[:, 0] <= 1)).all()
    ):
        raise broken
    steps = tuple(map(_step, numbers.tolist(), rates.tolist()))
    return State(z, log_likelihood, steps, Seen(seen[:, :-2], seen[:, -2:]))


def _step(numbers: list[float], rates: list[list[float]]) -> Step:
    temperature, effective, ancestors, log_evidence, evaluations = numbers
    return Step(
        temperature=temperature,
        effective=effective,
        ancestors=int(ancestors),
        acceptance=tuple(rates[0]),
        acceptance_fitted=tuple(rates[1]),
        log_evidence=log_evidence,
        evaluations=int(evaluations),
    )
