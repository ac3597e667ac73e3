"""Where a scenario's numbers come from: sources, claims, reasons, and what is missing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass

from relsim.inference.liveness import dead_parameters
from relsim.scenario.schema import Scenario


@dataclass(frozen=True)
class Provenance:
    """One parameter: its value as written, and what it rests on."""

    parameter: str
    value: str
    unit: str
    source: str | None
    claims: tuple[str, ...]
    reference: str | None
    why: str | None


@dataclass(frozen=True)
class Audit:
    """The provenance of a scenario.

    Attributes
    ----------
    parameters : tuple of Provenance
    cited : dict of claim to tuple of str
        Dotted paths of what cites each claim.
    uncited : tuple of str
        Claims of the sources that nothing cites.
    unsourced : tuple of str
        Parameters with neither source nor reference.
    unused_sources : tuple of str
        Sources that nothing names.
    dead : tuple of str or None
        Parameters that move nothing; None if that was not tried.
    """

    scenario: str
    parameters: tuple[Provenance, ...]
    cited: dict[str, tuple[str, ...]]
    uncited: tuple[str, ...]
    unsourced: tuple[str, ...]
    unused_sources: tuple[str, ...]
    dead: tuple[str, ...] | None

    def to_json(self) -> dict[str, object]:
        """Plain data (format relsim.sources/1)."""
        return {"format": "relsim.sources/1", **asdict(self)}


def audit(
    scenario: Scenario,
    live: bool = True,
    progress: Callable[[int, int], None] | None = None,
) -> Audit:
    """List what each number of a scenario rests on, and what is missing.

    Parameters
    ----------
    scenario : Scenario
    live : bool
        Also shift every parameter to see whether it moves anything (some ten seconds).
    progress : callable, optional
        Called with the numbers of parameters tried and in all.
    """
    values = scenario.parameters()
    rows = tuple(
        Provenance(
            parameter=path,
            value=value.text,
            unit=value.unit,
            source=value.source,
            claims=value.claim,
            reference=value.reference,
            why=value.why,
        )
        for path, value in values.items()
    )
    cited: dict[str, list[str]] = {}
    for path, claim in scenario.claims():
        cited.setdefault(claim, []).append(path)
    known = [claim for source in scenario.sources.values() for claim in source.claims]
    named = {row.source for row in rows} | set(scenario.sources_of_entries())
    return Audit(
        scenario=scenario.name,
        parameters=rows,
        cited={claim: tuple(cited[claim]) for claim in known if claim in cited},
        uncited=tuple(claim for claim in known if claim not in cited),
        unsourced=tuple(r.parameter for r in rows if not (r.source or r.reference)),
        unused_sources=tuple(name for name in scenario.sources if name not in named),
        dead=dead_parameters(scenario, progress) if live else None,
    )
