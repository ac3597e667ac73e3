"""What is left of a uniform: one uniform can decide an event and then say more about it."""

from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.floating[Any]]
NARROWEST = 2.0**-32  # far below the step between two uniforms
BELOW_ONE = np.nextafter(np.float32(1), np.float32(0))


def rest(uniforms: Floats, low: Floats | float, high: Floats | float) -> npt.NDArray[np.float32]:
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
    result: npt.NDArray[np.float32] = np.clip(left.astype(np.float32), 0, BELOW_ONE)
    return result
