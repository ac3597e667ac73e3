"""The moves that an actor makes on one day, sorted by class."""

from typing import TypeVar

import numpy as np
import numpy.typing as npt

from relsim.worlds.stage import Move, Stage

Index = npt.NDArray[np.int64]
Rows = npt.NDArray[np.int8]  # which move, for each run of an index
Number = TypeVar("Number", bound=np.generic)


class Deeds:
    """Moves of one actor on one day: move rows[k] in run idx[k].

    They are sorted by class, then by move, then by run: each class and each move is a slice.

    Parameters
    ----------
    stage : Stage
    rows : int8, (movers,)
    idx : int64, (movers,)
        Columns in rising order, each once.

    Attributes
    ----------
    runs : int64, (movers,)
    by_move : list of (Move, int64 array)
        The moves that are made, as the catalogue orders them, each with its runs in rising order.
    places : list of slice
        Where the runs of each of these moves stand in `runs`.
    strong, hostile, cooperative, neutral, lasting : slice
        Of `runs`: strong hostile moves, all hostile ones, cooperative ones, those that take no
        side, those that do.
    """

    def __init__(self, stage: Stage, rows: Rows, idx: Index) -> None:
        self._stage, table = stage, stage.table
        place = table.place[rows]
        self.runs: Index = idx[np.argsort(place, kind="stable")]
        self._counts = np.bincount(place, minlength=len(stage.moves))
        ends = [0, *np.cumsum(self._counts).tolist()]
        spans = [slice(ends[place], ends[place + 1]) for place in table.place.tolist()]
        made = [(move, s) for move, s in zip(stage.moves, spans, strict=True) if s.start < s.stop]
        self.places = [place for _, place in made]
        self.by_move: list[tuple[Move, Index]] = [(move, self.runs[place]) for move, place in made]
        strong, hostile, lasting = ends[table.strong], ends[table.hostile], ends[table.lasting]
        self.strong, self.hostile = slice(0, strong), slice(0, hostile)
        self.cooperative, self.neutral = slice(hostile, lasting), slice(lasting, None)
        self.lasting = slice(0, lasting)

    def each(self, column: npt.NDArray[Number]) -> npt.NDArray[Number]:
        """What a column of the table of moves says of each of the `runs`."""
        return np.repeat(column, self._counts)

    def only(self, kept: npt.NDArray[np.bool_]) -> "Deeds":
        """Those of these moves that are kept, by their places in `runs`."""
        return Deeds(self._stage, self.each(self._stage.table.row)[kept], self.runs[kept])
