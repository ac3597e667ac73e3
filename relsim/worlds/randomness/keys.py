"""Keys of random streams: the digest of a name."""

from hashlib import blake2b

import numpy as np
import numpy.typing as npt

__all__ = ["key_of"]


def key_of(*name: object) -> npt.NDArray[np.uint64]:
    """The key of the stream of a name for Philox, shape (2,)."""
    text = "\x1f".join(str(part) for part in name).encode()
    return np.frombuffer(blake2b(text, digest_size=16).digest(), dtype=np.uint64)
