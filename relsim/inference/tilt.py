"""The tilt of draws towards what an author said: likelihood, correlated errors, weights.

All functions are pure; docs/guides/calibrate.md explains them to users.

1. Words are a reading of the log-odds: what was meant, less what is so, is distributed as the
   author's distribution about its median. So the likelihood of a draw with log-odds ℓ is f(ℓ), the
   author's density *per unit of log-odds* (`relsim.lexicons.meaning.Meant`). Of the probability it
   would be another density, with a factor 1 / (p(1 − p)); log-odds are the reference measure here.
2. A draw's log-odds are known as far as its runs tell: E[f(ℓ) | k, R] (`glimpse`).
3. An author is reliable with probability r; else the words say nothing of this draw, and are as
   probable as under the prior at large: L = r E[f | k, R] / Z + (1 − r), Z its mean over draws. So
   one forecast alone gives r times what the words say plus 1 − r times the prior.
4. Several forecasts multiply, each with an exponent: log w = Σ a_j log L_j, a_j = 1 / Σ_i ρ_ij²,
   ρ the rank correlation of the expected log-odds over draws. Three forecasts that are one
   judgement get a third each; independent ones get 1. The exponents' sum is the effective number
   of judgements. A composite likelihood (Varin, Reid & Firth 2011, Statistica Sinica 21:5-42);
   this choice of exponents is a judgement, on the side of less information.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from scipy import special

from relsim.inference.glimpse import Glimpse
from relsim.lexicons.meaning import Meant

__all__ = [
    "effective_size", "exponents", "information", "log_likelihood", "rank_correlation",
    "weights_of",
]  # fmt: skip

Doubles = npt.NDArray[np.float64]


def log_likelihood(glimpse: Glimpse, meant: Meant, reliability: float) -> Doubles:
    """Logarithm of L, the likelihood of what an author said, in each draw: (draw,).

    Parameters
    ----------
    glimpse : Glimpse
    meant : Meant
    reliability : float
        r, from 0 (the words say nothing) to 1.
    """
    words = glimpse.mean(np.exp(meant.log_density(glimpse.grid)))
    overall = words.mean()
    if overall == 0:  # no draw comes near: the words cannot tell the draws apart
        return np.zeros(glimpse.draws)
    with np.errstate(divide="ignore"):
        return np.asarray(np.log(reliability * words / overall + 1 - reliability))


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


def weights_of(log_likelihoods: Sequence[Doubles] | Doubles, powers: npt.ArrayLike) -> Doubles:
    """Weights of the draws, which sum to 1: (draw,)."""
    total = np.asarray(powers, dtype=np.float64) @ np.asarray(log_likelihoods, dtype=np.float64)
    weights = np.exp(total - special.logsumexp(total))
    return np.asarray(weights / weights.sum())


def effective_size(weights: Doubles) -> float:
    """Kish's effective number of draws, 1 / Σ w²."""
    return float(1 / (weights**2).sum())


def information(weights: Doubles) -> float:
    """Kullback & Leibler's divergence of the weighted from the unweighted draws, in bits.

    At most the logarithm of the number of draws.
    """
    held = weights[weights > 0]
    return max(0.0, float((held * np.log2(held * weights.size)).sum()))


def _ranks(row: Doubles) -> Doubles:
    """Ranks, equal values sharing their mean rank."""
    _, place, count = np.unique(row, return_inverse=True, return_counts=True)
    last = np.cumsum(count)
    return np.asarray((last - (count - 1) / 2)[place], dtype=np.float64)
