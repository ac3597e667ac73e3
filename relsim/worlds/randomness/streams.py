"""Named random streams: a draw is named by seed, process, purpose, chunk and tick.

What a run does a few times is named by its number in place of the tick (`NumberedUniforms`).
Philox is counter based: the name makes the key, (chunk, tick) the counter, so a draw depends on
neither the state of a run, nor on how often others drew, nor on the order of chunks, nor on which
chunks are simulated side by side. Only full-width uniforms and standard normals are drawn;
everything else comes from them by inverse functions, so that two scenarios with one seed share
them (common random numbers).
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from relsim.worlds.randomness.keys import key_of
from relsim.worlds.randomness.normals import box_muller

Floats = npt.NDArray[np.float32]
LEVEL = np.float32(2.0**-24)  # between two neighbouring uniforms


def philox(*name: object) -> np.random.Philox:
    """A Philox bit generator whose key is the digest of a name.

    Source: Salmon et al. 2011, Parallel random numbers: as easy as 1, 2, 3 (SC '11).
    """
    return np.random.Philox(key=key_of(*name))


def fill(out: Floats, bits: np.random.Philox) -> None:
    """Fill an array with uniforms in [0, 1), each the upper 24 bits of half a word."""
    halves = bits.random_raw(-(-out.size // 2)).view(np.uint32)[: out.size]
    halves >>= np.uint32(8)
    out[...] = halves.view(np.int32).reshape(out.shape)
    out *= LEVEL


class Stream:
    """One purpose of one process: `rows` numbers a run at each tick, the same at each call.

    Parameters
    ----------
    bits : Philox
        Its key is the stream's name.
    chunks : sequence of int
        The chunks that are simulated side by side, in the order of their columns.
    rows : int
    width : int
        Runs of each chunk.
    """

    def __init__(
        self, bits: np.random.Philox, chunks: Sequence[int], rows: int, width: int
    ) -> None:
        self._bits = bits
        self._state = bits.state
        self._chunks, self._rows, self._width = chunks, rows, width

    def _seek(self, chunk: int, now: int) -> None:
        # The low counter words count the blocks of a draw, the high ones name it; what is left of
        # the block before belongs to another draw and is dropped.
        self._state["state"]["counter"][:] = (0, 0, chunk, now)
        self._state["buffer_pos"] = 4
        self._bits.state = self._state

    def uniforms(self, now: int) -> Floats:
        """Uniforms in [0, 1), float32, shape (rows, runs), or (runs,) for one row.

        Each is the upper 24 bits of half a word of Philox: all that a float32 can distinguish.
        """
        return self._side_by_side(self._drawn(now))

    def normals(self, now: int) -> Floats:
        """Standard normals, float32, shape (rows, runs), or (runs,) for one row."""
        return self._side_by_side(box_muller(self._drawn(now)))

    def _drawn(self, now: int) -> Floats:
        """Uniforms, shape (rows, chunks, width)."""
        out = np.empty((self._rows, len(self._chunks), self._width), dtype=np.float32)
        for place, chunk in enumerate(self._chunks):
            self._seek(chunk, now)
            fill(out[:, place], self._bits)
        return out

    def _side_by_side(self, drawn: Floats) -> Floats:
        rows = drawn.reshape(self._rows, -1)
        return rows if self._rows > 1 else rows[0]


class Streams:
    """All streams of chunks simulated side by side; refuses two purposes with one name.

    Parameters
    ----------
    seed : int
    chunks : sequence of int
    width : int
        Runs of each chunk.
    """

    def __init__(self, seed: int, chunks: Sequence[int], width: int) -> None:
        self._seed, self._chunks, self.width = seed, tuple(chunks), width
        self._taken: set[tuple[str, str]] = set()

    def stream(self, process: str, purpose: str, rows: int = 1) -> Stream:
        """The stream of this process and purpose.

        Raises
        ------
        ValueError
            If the name is already in use: two purposes would draw the same numbers.
        """
        name = (process, purpose)
        if name in self._taken:
            raise ValueError(f"two random streams are named {process!r}, {purpose!r}")
        self._taken.add(name)
        return Stream(philox(self._seed, process, purpose), self._chunks, rows, self.width)
