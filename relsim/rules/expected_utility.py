"""Expected utility without learning."""

from collections.abc import Mapping
from dataclasses import replace

from relsim.rules.logit import logit
from relsim.rules.several import several_moves
from relsim.rules.view import Floats, View


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
