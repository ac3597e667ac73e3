"""Weights of draws by what an author said: likelihood, correlated errors.

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
   mean over the Monte Carlo noise of the runs is T_j(ℓ) (`relsim.estimates.deconvolution`). The
   weight of a draw is the product of its w_j: unbiased for the product of the T_j, but for the
   noise that outcomes share.
5. What the forecasts give together, the divergence of posterior from prior, is
   Σ_j a_j E[ln L_j] − ln Z: Z is the mean of Π_j T_j over draws, E the mean under the posterior.
   The logarithm of a noisy weight is never taken: E[ln L_j] is the mean of v_j Π_(i≠j) w_i over
   draws, divided by Z, and v_j stands for L_j^a_j ln L_j as w_j does for L_j^a_j. Outcomes of the
   same runs share Monte Carlo noise, which leaves a bias in proportion to 1 / R: twice what all
   runs give less what their halves give is free of it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from scipy import special

from relsim.array_types import Doubles
from relsim.estimates.deconvolution import DrawPosterior
from relsim.lexicons.meaning import Meant

__all__ = [
    "effective_size", "exponents", "information", "information_alone", "log_likelihood",
    "rank_correlation", "weights_of",
]  # fmt: skip


TINY = 1e-300
LOG_2 = math.log(2)


def log_likelihood(
    of_draws: DrawPosterior, meant: Meant, reliability: float, exponent: float = 1.0
) -> Doubles:
    """Logarithm of w, the likelihood of what an author said, in each draw: (draw,).

    Parameters
    ----------
    of_draws : DrawPosterior
        What each draw's runs show of its probability.
    meant : Meant
        What the words mean, as a distribution of a probability.
    reliability : float
        r, from 0 (the words say nothing) to 1.
    exponent : float
        a.
    """
    values = _likelihood(of_draws, meant, reliability) ** exponent
    return np.asarray(np.log(np.maximum(of_draws.unbiased(values), TINY)))


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


def information(
    whole: Sequence[DrawPosterior],
    halves: Sequence[Sequence[DrawPosterior]],
    meant: Sequence[Meant],
    reliability: float,
    powers: Sequence[float],
) -> float:
    """What forecasts give together, in bits: Kullback & Leibler's divergence, free of noise.

    Parameters
    ----------
    whole : sequence of DrawPosterior (forecast,)
        What all runs show of each forecast's probability.
    halves : sequence of sequence of DrawPosterior (half, forecast)
        What each half of the runs shows.
    meant : sequence of Meant (forecast,)
        What the words of each forecast mean.
    reliability : float
        As for `log_likelihood`.
    powers : sequence of float (forecast,)
        The exponents a_j.
    """
    if len(whole) == 1:
        return information_alone(whole[0], meant[0], reliability, powers[0])
    of_all, *of_halves = (
        _divergence(seen, meant, reliability, powers) for seen in (whole, *halves)
    )
    return max(0.0, 2 * of_all - float(np.mean(of_halves))) / LOG_2


def information_alone(
    of_draws: DrawPosterior, meant: Meant, reliability: float, power: float = 1.0
) -> float:
    """What one forecast alone would give, in bits; on the log-odds, free of Monte Carlo noise."""
    mass, likelihood = of_draws.over.mass, _likelihood(of_draws, meant, reliability) ** power
    overall = float(mass @ likelihood)
    gained = float(mass @ special.xlogy(likelihood, likelihood)) / overall - math.log(overall)
    return max(0.0, gained / LOG_2)


def _likelihood(of_draws: DrawPosterior, meant: Meant, reliability: float) -> Doubles:
    """L on the grid of log-odds; 1 where no draw comes near, so that words distinguish none."""
    words = np.exp(meant.log_density(of_draws.grid))
    overall = float(of_draws.over.mass @ words)
    if overall == 0:
        return np.ones_like(words)
    return np.asarray(reliability * words / overall + 1 - reliability)


def _divergence(
    seen: Sequence[DrawPosterior],
    meant: Sequence[Meant],
    reliability: float,
    powers: Sequence[float],
) -> float:
    """Σ_j a_j E[ln L_j] − ln Z, by what some runs of the draws show."""
    weights, logs = [], []
    for of_draws, words, power in zip(seen, meant, powers, strict=True):
        likelihood = _likelihood(of_draws, words, reliability)
        weight, log = likelihood**power, np.log(np.maximum(likelihood, TINY))
        weights.append(of_draws.unbiased(weight))
        logs.append(power * of_draws.unbiased(weight * log))
    each = np.array(weights)
    overall = float(each.prod(axis=0).mean())
    if overall == 0:  # no draw fits all forecasts
        return 0.0
    gained = sum(
        float((np.delete(each, number, axis=0).prod(axis=0) * log).mean())
        for number, log in enumerate(logs)
    )
    return gained / overall - math.log(overall)


def _ranks(row: Doubles) -> Doubles:
    """Ranks, equal values sharing their mean rank."""
    _, place, count = np.unique(row, return_inverse=True, return_counts=True)
    last = np.cumsum(count)
    return np.asarray((last - (count - 1) / 2)[place], dtype=np.float64)
