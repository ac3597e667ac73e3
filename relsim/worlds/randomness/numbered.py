"""Uniforms by number: for what a run does a few times, its first, its second, and so on."""

import numpy as np
import numpy.typing as npt

from relsim.worlds.randomness.streams import Stream

Floats = npt.NDArray[np.float32]
Index = npt.NDArray[np.int64]


class NumberedUniforms:
    """The k-th uniform of each run, from one row of all runs for each k.

    A row is drawn when a run first asks for its k-th: far fewer rows than one for each day. How
    many a run had stays with its column when runs are taken: no uniform is given twice.

    Parameters
    ----------
    stream : Stream
        Of one row; its k-th draw is that of the number k.
    """

    def __init__(self, stream: Stream) -> None:
        self._stream = stream
        self._rows: Floats = stream.uniforms(0)[np.newaxis]
        self._had = np.zeros(self._rows.shape[1], dtype=np.int16)

    def following(self, idx: Index) -> Floats:
        """The next uniform of each of the runs idx, each once."""
        number = self._had[idx]
        self._had[idx] = number + 1
        drawn, width = self._rows.shape
        needed = int(number.max(initial=0)) + 1
        if needed > drawn:  # twice as many as needed, so that rows are seldom copied
            missing = map(self._stream.uniforms, range(drawn, 2 * needed))
            self._rows = np.stack([*self._rows, *missing])
        result: Floats = self._rows.reshape(-1)[number * np.int64(width) + idx]
        return result
