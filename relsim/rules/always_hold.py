"""Always hold."""

from collections.abc import Mapping

import numpy as np

from relsim.rules.view import Floats, View


def always_hold(view: View, parameters: Mapping[str, Floats]) -> Floats:
    """Do nothing salient, whatever happens: the null actor that others are compared with.

    Parameters
    ----------
    view : View
        What the actor sees.
    parameters : mapping
        Not read.

    Returns
    -------
    float32, (moves, runs)
    """
    p = np.zeros(view.available.shape, dtype=np.float32)
    p[0] = 1
    return p
