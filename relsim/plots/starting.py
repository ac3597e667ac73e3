"""Imports matplotlib where the backend asked for is missing: figures need none.

A notebook names its own in MPLBACKEND, for all programs that it starts, also those of another
environment.
"""

from __future__ import annotations

import os
import sys
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from relsim.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def without_backend() -> Iterator[None]:
    """Set MPLBACKEND aside while matplotlib is imported; then let it choose pyplot's backend."""
    asked = None if "matplotlib" in sys.modules else os.environ.pop("MPLBACKEND", None)
    try:
        yield
        if asked:
            import matplotlib

            with suppress(ValueError):  # it is not installed
                matplotlib.rcParams["backend"] = asked
    except UnicodeDecodeError:
        fault = "its settings file, matplotlibrc, is not UTF-8 text"
        raise UsageError(f"matplotlib cannot start: {fault}") from None
    finally:
        if asked is not None:
            os.environ["MPLBACKEND"] = asked


with without_backend():
    import matplotlib  # noqa: F401
