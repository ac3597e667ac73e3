"""Moves by date, or none at all."""

from collections.abc import Mapping

import numpy as np

from relsim.array_types import Floats
from relsim.rules.view import View


def scripted(view: View, parameters: Mapping[str, Floats]) -> Floats:
    """Make the moves of the actor's script, and hold on all other days.

    An entry is made at the first review on or after its date at which its move is available. At
    most one is made at a review, the earliest first; an entry that must wait, for a proposal to
    accept, say, keeps none of the later ones waiting.

    Parameters
    ----------
    view : View
        What the actor sees.
    parameters : mapping
        Not read.

    Returns
    -------
    float32, (moves, runs)

    References
    ----------
    Tetlock & Belkin 1996, Counterfactual Thought Experiments in World Politics: one side's course
    is given, the other's follows.
    """
    p = np.zeros(view.available.shape, dtype=np.float32)
    free = np.ones(view.available.shape[1], dtype=np.bool_)
    for (day, row), done in zip(view.script, view.script_done, strict=True):
        if day > view.day:
            break
        now = free & ~done & view.available[row]
        p[row, now] = 1
        free &= ~now
    p[0, free] = 1
    return p


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
