"""Logit choice around a routine; the same on beliefs that are never revised."""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from relsim.array_types import Floats
from relsim.rules.several import several_moves
from relsim.rules.view import View

# exp(60) is far beyond any choice that matters and far below what float32 can hold.
LARGEST = np.float32(60.0)
# A larger product would wake the threads of the linear algebra library, which it is too small for.
AT_ONCE = 8192


@several_moves
def logit(view: View, parameters: Mapping[str, Floats], rationality: float = 1.0) -> Floats:
    """Choose around the routine, as far as the motives and unanswered moves push away from it.

    p(m) ∝ available(m) · exp(routine(m) + λ (W · drivers + urge(m) + shift(m))), hold being the
    origin.

    Parameters
    ----------
    view : View
        What the actor sees.
    parameters : mapping
        The actor's parameters; this rule reads none of them, the view holds what they make.
    rationality : float
        λ; 1 by convention, since it is confounded with W and the stakes. Towards 0 only the
        routine is left, towards infinity the best available move.

    Returns
    -------
    float32, (moves, runs)
        Probabilities; 0 where a move is unavailable.

    References
    ----------
    Matějka & McKay 2015, American Economic Review 105:272-298 (routine and rational
    inattention); McKelvey & Palfrey 1995, Games and Economic Behavior 10:6-38 (logit choice).
    """
    scale = np.float32(rationality)
    weights: Floats = view.expresses * scale
    logits: Floats = np.empty(view.available.shape, dtype=np.float32)
    for first in range(0, logits.shape[1], AT_ONCE):
        some = slice(first, first + AT_ONCE)
        np.matmul(weights, view.drivers[:, some], out=logits[:, some])
    for more in (view.urges, view.shifts):
        for row, log_odds in more.items():
            logits[row] += scale * log_odds
    logits += view.routine
    if logits.max() > LARGEST:  # only differences matter: the best available move comes down to it
        best = np.where(view.available, logits, np.float32(-np.inf)).max(axis=0)
        logits -= np.maximum(best - LARGEST, 0)
        np.minimum(logits, LARGEST, out=logits)
    np.exp(logits, out=logits)
    logits *= view.available
    logits /= logits.sum(axis=0)
    return logits


@several_moves
def expected_utility(
    view: View, parameters: Mapping[str, Floats], rationality: float = 1.0
) -> Floats:
    """Weigh the moves by what they are worth on the beliefs the actor began with.

    The `logit` rule with both beliefs, that pressure works and that cooperation is reciprocated,
    kept at their priors: a quantal response to expected utility, a best reply as `rationality`
    grows. What the other did is still remembered and answered; nothing is learned from it.

    Parameters
    ----------
    view : View
        What the actor sees.
    parameters : mapping
        The actor's parameters: priors `pressure_works` and `trust`, and how far each belief
        enters the motives (`stake`, `belief_felt`, `trust_value`).
    rationality : float
        See `relsim.rules.logit`.

    Returns
    -------
    float32, (moves, runs)

    References
    ----------
    Bueno de Mesquita 1985, American Political Science Review 79:156-177 (expected utility in
    conflict); McKelvey & Palfrey 1995, Games and Economic Behavior 10:6-38 (quantal response).
    """
    motives = view.drivers.copy()
    slope = parameters["stake"] * parameters["belief_felt"]
    motives[0] -= slope * (view.pressure_works - parameters["pressure_works"])
    motives[1] -= parameters["trust_value"] * (view.trust - parameters["trust"])
    return logit(replace(view, drivers=motives), parameters, rationality)
