"""Named random streams: a draw is named by seed, process, purpose, chunk and tick.

Philox is counter based: the name makes the key, (chunk, tick) the counter, so a draw depends on
neither the state of a run, nor on how often others drew, nor on the order of chunks. Only
full-width uniforms and standard normals are drawn; everything else comes from them by inverse
functions, so that two scenarios with one seed share their luck (common random numbers).
"""

from hashlib import blake2b

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]


def philox(*name: object) -> np.random.Philox:
    """A Philox bit generator whose key is the digest of a name.

    Source: Salmon et al. 2011, Parallel random numbers: as easy as 1, 2, 3 (SC '11).
    """
    text = "\x1f".join(str(part) for part in name).encode()
    key = np.frombuffer(blake2b(text, digest_size=16).digest(), dtype=np.uint64)
    return np.random.Philox(key=key)


class Stream:
    """One purpose of one process: `rows` × width numbers at each tick, the same at each call."""

    def __init__(self, bits: np.random.Philox, chunk: int, rows: int, width: int) -> None:
        self._bits = bits
        self._generator = np.random.Generator(bits)
        self._state = bits.state
        self._chunk = chunk
        self._shape = (rows, width) if rows > 1 else (width,)

    def _seek(self, now: int) -> None:
        # The low counter words are left to the generator, the high ones name the draw; what the
        # generator has buffered belongs to the draw before and is dropped.
        self._state["state"]["counter"][:] = (0, 0, self._chunk, now)
        self._state["buffer_pos"] = 4
        self._state["has_uint32"] = 0
        self._bits.state = self._state

    def uniforms(self, now: int) -> Floats:
        """Uniforms in [0, 1), float32, shape (rows, width), or (width,) for one row."""
        self._seek(now)
        return self._generator.random(self._shape, dtype=np.float32)

    def normals(self, now: int) -> Floats:
        """Standard normals, float32, shape (rows, width), or (width,) for one row."""
        self._seek(now)
        return self._generator.standard_normal(self._shape, dtype=np.float32)


class Streams:
    """All streams of one chunk; refuses two purposes with one name."""

    def __init__(self, seed: int, chunk: int, width: int) -> None:
        self._seed, self._chunk, self._width = seed, chunk, width
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
        return Stream(philox(self._seed, process, purpose), self._chunk, rows, self._width)
