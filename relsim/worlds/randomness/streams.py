"""Named random streams: a draw is named by seed, process, purpose, chunk and tick.

What a run does a few times is named by its number in place of the tick (`NumberedUniforms`).
Philox is counter based: the name makes the key, (chunk, tick) the counter, so a draw depends on
neither the state of a run, nor on how often others drew, nor on the order of chunks, nor on which
chunks are simulated side by side. Only full-width uniforms and standard normals are drawn;
everything else comes from them by inverse functions, so that two scenarios with one seed share
them (common random numbers). One uniform can decide an event and then say more about it (`rest`).
"""

from collections.abc import Sequence
from hashlib import blake2b

import numpy as np
import numpy.typing as npt
from scipy.special import ndtri

from relsim.array_types import Array, Doubles, Floats, Integers

FULL_TURN = np.float32(2 * np.pi)
LEVEL = np.float32(2.0**-24)  # between two neighbouring uniforms
HALF_A_STEP = 2.0**-25
NARROWEST = 2.0**-32  # far below the step between two uniforms
PER_BLOCK = 8  # uniforms of one block of Philox: four words, two of each
BELOW_ONE = np.nextafter(np.float32(1), np.float32(0))


def key_of(*name: object) -> npt.NDArray[np.uint64]:
    """The key of the stream of a name for Philox, shape (2,)."""
    text = "\x1f".join(str(part) for part in name).encode()
    return np.frombuffer(blake2b(text, digest_size=16).digest(), dtype=np.uint64)


def box_muller(uniforms: Floats) -> Floats:
    """Independent standard normals, as many as there are uniforms.

    Number k of the first half of the last axis and its like in the second half give a radius and
    an angle, and so two normals. If there is an odd one out, it is inverted by itself. The
    largest is 5.8 from zero.

    Source: Box & Muller 1958, A note on the generation of random normal deviates, Annals of
    Mathematical Statistics 29:610.

    Parameters
    ----------
    uniforms : float32, (..., n)
        In [0, 1); numbers of different rows of the last axis do not touch each other.

    Returns
    -------
    float32, (..., n)
    """
    half, odd = divmod(uniforms.shape[-1], 2)
    normals = np.empty_like(uniforms)
    radius = np.log(1 - uniforms[..., :half])  # 1 − u is exact, and never zero
    radius *= np.float32(-2)
    np.sqrt(radius, out=radius)
    angle = uniforms[..., half : 2 * half] * FULL_TURN
    np.multiply(radius, np.cos(angle), out=normals[..., :half])
    np.multiply(radius, np.sin(angle), out=normals[..., half : 2 * half])
    if odd:
        normals[..., -1] = ndtri(uniforms[..., -1].astype(np.float64) + HALF_A_STEP)
    return normals


def philox(*name: object) -> np.random.Philox:
    """A Philox bit generator whose key is the digest of a name.

    Source: Salmon et al. 2011, Parallel random numbers: as easy as 1, 2, 3 (SC '11).
    """
    return np.random.Philox(key=key_of(*name))


class Succession:
    """Uniforms and standard normals in double precision, one after the other, from a name.

    For a calculation that draws in a fixed order, and not for runs, whose draws are named by day.
    """

    def __init__(self, *name: object) -> None:
        self._generator = np.random.Generator(philox(*name))

    def uniforms(self, shape: tuple[int, ...]) -> Doubles:
        """Uniforms in [0, 1), float64, of this shape."""
        return self._generator.random(shape)

    def normals(self, shape: tuple[int, ...]) -> Doubles:
        """Standard normals, float64, of this shape."""
        return self._generator.standard_normal(shape)


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
    columns : int
        How many runs there are; only the last chunk may have fewer than `width`.
    """

    def __init__(
        self, bits: np.random.Philox, chunks: Sequence[int], rows: int, width: int, columns: int
    ) -> None:
        self._bits = bits
        self._state = bits.state
        self._chunks, self._rows, self._width, self._columns = chunks, rows, width, columns
        by_blocks = rows == 1 or width % PER_BLOCK == 0
        self._narrow = len(chunks) == 1 and columns < width and by_blocks

    def _seek(self, chunk: int, now: int, block: int = 0) -> None:
        # The low counter words count the blocks of a draw, the high ones name it; what is left of
        # the block before belongs to another draw and is dropped.
        self._state["state"]["counter"][:] = (block, 0, chunk, now)
        self._state["buffer_pos"] = 4
        self._bits.state = self._state

    def uniforms(self, now: int) -> Floats:
        """Uniforms in [0, 1), float32, shape (rows, runs), or (runs,) for one row.

        Each is the upper 24 bits of half a word of Philox: all that a float32 can distinguish.
        """
        if self._narrow:
            rows = self._of_few_runs(now)
        else:
            rows = self._drawn(now).reshape(self._rows, -1)[:, : self._columns]
        return rows if self._rows > 1 else rows[0]

    def normals(self, now: int) -> Floats:
        """Standard normals, float32, shape (rows, runs), or (runs,) for one row."""
        rows = box_muller(self._drawn(now)).reshape(self._rows, -1)[:, : self._columns]
        return rows if self._rows > 1 else rows[0]

    def _drawn(self, now: int) -> Floats:
        """Uniforms, shape (rows, chunks, width)."""
        out = np.empty((self._rows, len(self._chunks), self._width), dtype=np.float32)
        for place, chunk in enumerate(self._chunks):
            self._seek(chunk, now)
            fill(out[:, place], self._bits)
        return out

    def _of_few_runs(self, now: int) -> Floats:
        """The uniforms of a single chunk that is not full: those that have a run alone."""
        out = np.empty((self._rows, self._columns), dtype=np.float32)
        for number, row in enumerate(out):
            self._seek(self._chunks[0], now, number * self._width // PER_BLOCK)
            fill(row, self._bits)
        return out


class Streams:
    """All streams of chunks simulated side by side; refuses two purposes with one name.

    Parameters
    ----------
    seed : int
    chunks : sequence of int
    width : int
        Runs of each chunk.
    columns : int, optional
        How many runs there are, if the last chunk has fewer: what they draw is what they would
        draw in a whole chunk.
    """

    def __init__(
        self, seed: int, chunks: Sequence[int], width: int, columns: int | None = None
    ) -> None:
        self._seed, self._chunks, self.width = seed, tuple(chunks), width
        self._columns = len(self._chunks) * width if columns is None else columns
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
        bits = philox(self._seed, process, purpose)
        return Stream(bits, self._chunks, rows, self.width, self._columns)


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

    def following(self, idx: Integers) -> Floats:
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


def rest(uniforms: Array, low: Array | float, high: Array | float) -> Floats:
    """What is left of uniforms once it is known that they lie in [low, high): uniforms again.

    Given that event, the rest is independent of it, and takes the place of a draw of its own. It
    is as coarse as the part is narrow: of 24 bits, a part of width 2^−k leaves 24 − k.

    Parameters
    ----------
    uniforms : float32, (n,)
        Uniforms in [low, high).
    low, high : float32, () or (n,)
        Bounds of the part, low < high.

    Returns
    -------
    float32, (n,)
        Numbers in [0, 1).
    """
    # In float64, as differences of chances near one lose most of the bits of a float32.
    start = np.asarray(low, dtype=np.float64)
    # The bounds are rounded: a part may have no width, a uniform on its edge may lie beyond it.
    width = np.maximum(np.asarray(high, dtype=np.float64) - start, NARROWEST)
    left = (uniforms - start) / width
    return np.clip(left.astype(np.float32), 0, BELOW_ONE)
