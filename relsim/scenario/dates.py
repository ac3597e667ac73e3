"""Days as Python, NumPy and pandas write them."""

from __future__ import annotations

import datetime
from typing import Any

__all__ = ["day_of"]


def day_of(written: object) -> datetime.date | None:
    """Return the day that something names, None if it names none.

    A date does, a `datetime` or pandas.Timestamp at midnight without a time zone, and a
    numpy.datetime64 that is a day or a day's beginning. Text does not.
    """
    if isinstance(written, datetime.datetime):
        fine = written == written and written.tzinfo is None and written.time() == datetime.time()
        return written.date() if fine and not getattr(written, "nanosecond", 0) else None
    if isinstance(written, datetime.date):
        return written
    return _numpy_day(written) if getattr(getattr(written, "dtype", 0), "kind", "") == "M" else None


def _numpy_day(written: Any) -> datetime.date | None:
    import numpy as np

    if written.ndim or np.isnat(written) or np.datetime_data(written.dtype)[0] in ("Y", "M"):
        return None
    day = written.astype("datetime64[D]")
    found = day.item() if day == written else None
    return found if isinstance(found, datetime.date) else None
