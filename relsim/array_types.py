"""Short names for NumPy's arrays, by the type of their numbers."""

from typing import Any

import numpy as np
import numpy.typing as npt

__all__ = ["Array", "Booleans", "Dates", "Doubles", "Floats", "Integers"]

Array = npt.NDArray[Any]
Booleans = npt.NDArray[np.bool_]
Dates = npt.NDArray[np.datetime64]
Doubles = npt.NDArray[np.float64]
Floats = npt.NDArray[np.float32]
Integers = npt.NDArray[np.int64]
Shorts = npt.NDArray[np.int16]
Bytes = npt.NDArray[np.int8]
