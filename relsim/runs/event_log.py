"""The event log as one table, names kept once beside it."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from relsim.brief import Brief
from relsim.scenario.catalogue import DEEDS
from relsim.scenario.schema import Scenario
from relsim.worlds.record import Entry

LOG_TYPE = np.dtype(
    [
        ("run", np.int64),
        ("day", np.int16),
        ("kind", np.int16),
        ("actor", np.int16),
        ("subject", np.int16),
        ("weight", np.float32),
        ("probability", np.float32),
        ("drivers", np.float32, (4,)),
        ("value", np.float32),
    ]
)


@dataclass(frozen=True, repr=False)
class Vocabulary(Brief):
    """Names that the log's numbers stand for; number -1 stands for none.

    Attributes
    ----------
    kinds : tuple of str
        Moves of the catalogue (hold excluded), then the engine's other deeds.
    actors, subjects : tuple of str
        A subject is a treaty, an issue, a region, a project, a rung of the ladder, or what was
        proposed: talks, or a summit.
    """

    kinds: tuple[str, ...]
    actors: tuple[str, ...]
    subjects: tuple[str, ...]


def vocabulary(scenario: Scenario) -> Vocabulary:
    """The names that can occur in a scenario's log."""
    moves = [name for name in scenario.moves if name != "hold"]
    return Vocabulary(
        kinds=(*moves, *(deed for deed in DEEDS if deed not in moves)),
        actors=tuple(scenario.actors),
        subjects=scenario.subjects,
    )


def log_of(entries: Sequence[Entry], first_run: int, words: Vocabulary) -> npt.NDArray[np.void]:
    """One row a run and happening, ordered by run, then as it happened.

    Parameters
    ----------
    entries : sequence of Entry
        Their columns count from the chunk's first run.
    first_run : int
        Number of the chunk's first run.
    words : Vocabulary
        Numbers of the names.

    Returns
    -------
    structured array of `LOG_TYPE`
        probability and drivers are NaN where nobody chose; value, which `Entry` describes, is NaN
        where there is none.
    """
    kinds, actors, subjects = (
        {name: number for number, name in enumerate(names)} | {None: -1}
        for names in (words.kinds, words.actors, words.subjects)
    )
    sizes = [entry.runs.size for entry in entries]
    table = np.zeros(sum(sizes), dtype=LOG_TYPE)
    table["probability"] = np.nan
    table["drivers"] = np.nan
    table["value"] = np.nan
    end = 0
    for entry, size in zip(entries, sizes, strict=True):
        rows = table[end : end + size]
        end += size
        rows["run"] = first_run + entry.runs
        rows["day"], rows["kind"], rows["weight"] = entry.day, kinds[entry.kind], entry.weight
        rows["actor"], rows["subject"] = actors[entry.actor], subjects[entry.subject]
        if entry.probability is not None:
            rows["probability"] = entry.probability
        if entry.drivers is not None:
            rows["drivers"] = entry.drivers.T
        if entry.value is not None:
            rows["value"] = entry.value
    ordered: npt.NDArray[np.void] = table[np.argsort(table["run"], kind="stable")]
    return ordered
