"""Where tempering stands, as a file: an interrupted run loses at most one temperature."""

from __future__ import annotations

import os
import zipfile
from pathlib import Path

import numpy as np

from relsim.errors import UsageError
from relsim.inference.calibrate.tempering import State, Step

__all__ = ["read_state", "write_state"]

NUMBERS = ("temperature", "effective", "ancestors", "log_evidence", "evaluations")


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
    part = file.with_name(f"{file.name}.{os.getpid()}.part")
    numbers = [[getattr(step, name) for name in NUMBERS] for step in state.steps]
    rates = [[step.acceptance, step.acceptance_fitted] for step in state.steps]
    try:
        try:
            with part.open("wb") as stream:
                np.savez(
                    stream,
                    fingerprint=np.array(fingerprint),
                    z=state.z,
                    log_likelihood=state.log_likelihood,
                    numbers=np.array(numbers, dtype=np.float64),
                    rates=np.array(rates, dtype=np.float64),
                )
            part.replace(file)
        finally:
            part.unlink(missing_ok=True)
    except OSError as error:
        raise UsageError(f"{file} cannot be written: {error.strerror or error}") from None


def read_state(file: Path, fingerprint: str) -> State:
    """Where tempering stood, from the file that `write_state` wrote.

    Raises
    ------
    UsageError
        If there is no such file, it is broken, or it belongs to another fingerprint.
    """
    broken = UsageError(f"{file} is no whole file of tempering: remove it, and begin anew")
    try:
        with file.open("rb") as stream, np.load(stream, allow_pickle=False) as found:
            theirs = str(found["fingerprint"])
            z, log_likelihood = found["z"], found["log_likelihood"]
            numbers, rates = found["numbers"], found["rates"]
    except OSError as error:
        if error.errno is None:
            raise broken from None
        raise UsageError(f"{file} cannot be read: {error.strerror}") from None
    except (ValueError, KeyError, EOFError, TypeError, AttributeError, zipfile.BadZipFile):
        raise broken from None
    if theirs != fingerprint:
        raise UsageError(
            f"{file} belongs to another calculation: its fingerprint is {theirs!r}, "
            f"this one's {fingerprint!r}; remove it, or name another file"
        )
    if (
        any(each.dtype != np.float64 for each in (z, log_likelihood, numbers, rates))
        or z.ndim != 2
        or log_likelihood.shape != (len(z), 2)
        or numbers.ndim != 2
        or numbers.shape[1] != len(NUMBERS)
        or rates.ndim != 3
        or rates.shape[:2] != (len(numbers), 2)
        or not np.isfinite(z).all()
        or not ((numbers[:, 0] > 0) & (numbers[:, 0] <= 1)).all()
    ):
        raise broken
    return State(z, log_likelihood, tuple(map(_step, numbers.tolist(), rates.tolist())))


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
