"""Standard normals from uniforms, two from two."""

import numpy as np
import numpy.typing as npt
from scipy.special import ndtri

Floats = npt.NDArray[np.float32]
FULL_TURN = np.float32(2 * np.pi)
HALF_A_STEP = 2.0**-25  # float32 uniforms are whole steps of 2^−24


def box_muller(uniforms: Floats) -> Floats:
    """Independent standard normals, as many as there are uniforms.

    Number k of the first half of the last axis and its like in the second half give a radius and
    an angle, and so two normals. If there is an odd one out, it is inverted by itself. The
    largest is 5.8 from zero.

    Source: Box & Muller 1958, A note on the generation of random normal deviates, Annals of
    Mathematical Statistics 29:610.

    Parameters
    ----------
    uniforms : float32, (..., n)
        In [0, 1); numbers of different rows of the last axis do not touch each other.

    Returns
    -------
    float32, (..., n)
    """
    half, odd = divmod(uniforms.shape[-1], 2)
    normals = np.empty_like(uniforms)
    radius = np.log(1 - uniforms[..., :half])  # 1 − u is exact, and never zero
    radius *= np.float32(-2)
    np.sqrt(radius, out=radius)
    angle = uniforms[..., half : 2 * half] * FULL_TURN
    np.multiply(radius, np.cos(angle), out=normals[..., :half])
    np.multiply(radius, np.sin(angle), out=normals[..., half : 2 * half])
    if odd:
        normals[..., -1] = ndtri(uniforms[..., -1].astype(np.float64) + HALF_A_STEP)
    return normals
