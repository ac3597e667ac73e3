"""The tilt of draws towards what an author said: likelihood, correlated errors, weights.

All functions are pure; docs/guides/calibrate.md explains them to users.

1. Words are a reading of the log-odds: what was meant, less what is so, is distributed as the
   author's distribution about its median. So the likelihood of a draw with log-odds ℓ is f(ℓ), the
   author's density *per unit of log-odds* (`relsim.lexicons.meaning.Meant`). Of the probability it
   would be another density, with a factor 1 / (p(1 − p)); log-odds are the reference measure here.
2. An author is reliable with probability r; else the words say nothing of this draw, and are as
   probable as under the prior at large: L = r f(ℓ) / Z + (1 − r), Z the mean of f over draws. So
   one forecast alone gives r times what the words say plus 1 − r times the prior.
3. Several forecasts multiply, each with an exponent: T_j = L_j^a_j, a_j = 1 / Σ_i ρ_ij², ρ the
   rank correlation of the log-odds over draws. Three forecasts that are one judgement get a third
   each; independent ones get 1. The exponents' sum is the effective number of judgements. A
   composite likelihood (Varin, Reid & Firth 2011, Statistica Sinica 21:5-42); this choice of
   exponents is a judgement, on the side of less information.
4. A draw's ℓ is known by the hits of its runs alone. w_j(k) stands for T_j(ℓ), so chosen that its
   mean over the luck of the runs is T_j(ℓ) (`relsim.ensemble.glimpse`). The weight of a draw is the
   product of its w_j: unbiased for the product of the T_j, but for the luck that outcomes share.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from scipy import special

from relsim.ensemble.glimpse import Glimpse
from relsim.lexicons.meaning import Meant

__all__ = [
    "effective_size", "exponents", "information", "information_alone", "log_likelihood",
    "rank_correlation", "weights_of",
]  # fmt: skip

Doubles = npt.NDArray[np.float64]

TINY = 1e-300
LOG_2 = float(np.log(2))


def log_likelihood(
    glimpse: Glimpse, meant: Meant, reliability: float, exponent: float = 1.0
) -> Doubles:
    """Logarithm of w, the likelihood of what an author said, in each draw: (draw,).

    Parameters
    ----------
    glimpse : Glimpse
    meant : Meant
    reliability : float
        r, from 0 (the words say nothing) to 1.
    exponent : float
        a.
    """
    words = np.exp(meant.log_density(glimpse.grid))
    overall = float(glimpse.over.mass @ words)
    if overall == 0:  # no draw comes near: the words cannot tell the draws apart
        return np.zeros(glimpse.draws)
    likelihood = reliability * words / overall + 1 - reliability
    return np.asarray(np.log(np.maximum(glimpse.unbiased(likelihood**exponent), TINY)))


def rank_correlation(values: Doubles) -> Doubles:
    """Spearman's correlation between rows over columns, (row, row)."""
    ranks = np.apply_along_axis(_ranks, 1, np.atleast_2d(values))
    centred = ranks - ranks.mean(axis=1, keepdims=True)
    length = np.sqrt((centred**2).sum(axis=1, keepdims=True))
    unit = np.divide(centred, length, out=np.zeros_like(centred), where=length > 0)
    correlation = np.asarray(np.clip(unit @ unit.T, -1, 1))
    np.fill_diagonal(correlation, 1.0)
    return correlation


def exponents(correlation: Doubles) -> Doubles:
    """The exponent a_j of each forecast, (forecast,): 1 over its row's sum of ρ²."""
    return np.asarray(1 / (correlation**2).sum(axis=1))


def weights_of(log_likelihoods: Sequence[Doubles] | Doubles) -> Doubles:
    """Weights of the draws, which sum to 1: (draw,)."""
    total = np.sum(log_likelihoods, axis=0)
    weights = np.exp(total - special.logsumexp(total))
    return np.asarray(weights / weights.sum())


def effective_size(weights: Doubles) -> float:
    """Kish's effective number of draws, 1 / Σ w²."""
    return float(1 / (weights**2).sum())


def information(weights: Doubles, halves: Doubles | None = None) -> float:
    """Kullback & Leibler's divergence of the weighted from the unweighted draws, in bits.

    Parameters
    ----------
    weights : float64 (draw,)
    halves : float64 (2, draw), optional
        Weights from each half of the runs. Luck in the weights, of variance c, adds c / 2 to the
        divergence; weights of one half under the logarithm of the other's take c away, twice as
        lucky as they are. Two parts of the first with one of the second leave neither.
    """
    if halves is None:
        return max(0.0, _divergence(weights, weights))
    crossed = (_divergence(halves[0], halves[1]) + _divergence(halves[1], halves[0])) / 2
    return max(0.0, (2 * _divergence(weights, weights) + crossed) / 3)


def information_alone(glimpse: Glimpse, meant: Meant, reliability: float) -> float:
    """What one forecast alone would tell, in bits; on the log-odds, free of luck."""
    words = np.exp(meant.log_density(glimpse.grid))
    overall = float(glimpse.over.mass @ words)
    if overall == 0:
        return 0.0
    ratio = reliability * words / overall + 1 - reliability
    return max(0.0, float(glimpse.over.mass @ special.xlogy(ratio, ratio)) / LOG_2)


def _divergence(first: Doubles, second: Doubles) -> float:
    """Σ first · log₂(second · draws)."""
    held = first > 0
    logs = np.log2(np.maximum(second[held], TINY) * second.size)
    return float((first[held] * logs).sum())


def _ranks(row: Doubles) -> Doubles:
    """Ranks, equal values sharing their mean rank."""
    _, place, count = np.unique(row, return_inverse=True, return_counts=True)
    last = np.cumsum(count)
    return np.asarray((last - (count - 1) / 2)[place], dtype=np.float64)
