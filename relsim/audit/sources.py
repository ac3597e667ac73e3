"""Where a scenario's numbers come from: sources, claims, reasons, and what is missing."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass

from relsim.audit.influence import dead_parameters
from relsim.scenario.canonical import scenario_hash
from relsim.scenario.catalogue import Source
from relsim.scenario.fields.values import ORIGINS
from relsim.scenario.schema import Scenario, scenario_of


@dataclass(frozen=True)
class Provenance:
    """One parameter and what it rests on.

    Attributes
    ----------
    parameter : str
        Dotted path.
    value : str
        As written, with the unit in which it was written.
    unit : str
        The unit in which the engine takes it.
    source, reference, why : str or None
    origin : str or None
        How the number came about, one of `relsim.scenario.fields.values.ORIGINS`: its own
        origin, else that of its source.
    claims : tuple of str
    """

    parameter: str
    value: str
    unit: str
    source: str | None
    origin: str | None
    claims: tuple[str, ...]
    reference: str | None
    why: str | None


@dataclass(frozen=True)
class Audit:
    """The provenance of a scenario.

    Attributes
    ----------
    scenario, scenario_hash : str
    parameters : tuple of Provenance
    sources : dict of source to int
        How many parameters name each source.
    origins : dict of origin to int
        How many parameters are published, counted, fitted, judged.
    unexplained : tuple of str
        Parameters without an origin.
    cited : dict of claim to tuple of str
        Dotted paths of what cites each claim.
    uncited : tuple of str
        Claims of the sources that nothing cites, but those left aside.
    aside : dict of claim to str
        Why the scenario leaves a claim aside.
    unsourced : tuple of str
        Parameters with neither source nor reference.
    unused_sources : tuple of str
        Sources that nothing names.
    dead : tuple of str or None
        Parameters that move nothing though they should; None if that was not tried.
    resting : dict of parameter to str
        Why a parameter has nothing to move; empty if that was not tried.
    """

    scenario: str
    scenario_hash: str
    parameters: tuple[Provenance, ...]
    sources: dict[str, int]
    origins: dict[str, int]
    unexplained: tuple[str, ...]
    cited: dict[str, tuple[str, ...]]
    uncited: tuple[str, ...]
    aside: dict[str, str]
    unsourced: tuple[str, ...]
    unused_sources: tuple[str, ...]
    dead: tuple[str, ...] | None
    resting: dict[str, str]

    @property
    def defects(self) -> dict[str, tuple[str, ...]]:
        """What is missing, by kind; kinds of which nothing was found are left out."""
        kinds = {
            "claims that nothing cites": self.uncited,
            "parameters without a source": self.unsourced,
            "parameters without an origin": self.unexplained,
            "sources that nothing names": self.unused_sources,
            "parameters that move nothing": self.dead or (),
        }
        return {kind: found for kind, found in kinds.items() if found}

    def to_json(self) -> dict[str, object]:
        """Plain data (format relsim.sources/1)."""
        return {"format": "relsim.sources/1", **asdict(self)}


def audit(
    scenario: Scenario | str | os.PathLike[str],
    influence: bool = True,
    progress: Callable[[int, int], None] | None = None,
) -> Audit:
    """List what each number of a scenario rests on, and what is missing.

    Parameters
    ----------
    scenario : Scenario, or str or path
        Or the name of a packaged one, or its file.
    influence : bool
        Also shift every parameter to see whether anything depends on it (some ten seconds).
    progress : callable, optional
        Called with the numbers of parameters tried and in all.
    """
    scenario = scenario_of(scenario)
    values = scenario.parameters()
    rows = tuple(
        Provenance(
            parameter=path,
            value=str(value),
            unit=value.unit,
            source=value.source,
            origin=value.origin or _origin_of(scenario, value.source),
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
    numbers, origins = Counter(row.source for row in rows), Counter(row.origin for row in rows)
    named = {*numbers, *scenario.sources_of_entries()}
    aside = {c: why for source in scenario.sources.values() for c, why in _aside(source)}
    dead = dead_parameters(scenario, progress) if influence else None
    lapsed = {path: why for path, why in _lapsed(scenario).items() if path in (dead or ())}
    return Audit(
        scenario=scenario.name,
        scenario_hash=scenario_hash(scenario),
        parameters=rows,
        sources={name: numbers[name] for name in scenario.sources},
        origins={origin: origins[origin] for origin in ORIGINS},
        unexplained=tuple(row.parameter for row in rows if row.origin is None),
        cited={claim: tuple(cited[claim]) for claim in known if claim in cited},
        uncited=tuple(claim for claim in known if claim not in {**cited, **aside}),
        aside=aside,
        unsourced=tuple(r.parameter for r in rows if not (r.source or r.reference)),
        unused_sources=tuple(name for name in scenario.sources if name not in named),
        dead=None if dead is None else tuple(path for path in dead if path not in lapsed),
        resting=lapsed,
    )


def _origin_of(scenario: Scenario, source: str | None) -> str | None:
    return scenario.sources[source].origin if source in scenario.sources else None


def _aside(source: Source) -> Iterable[tuple[str, str]]:
    return (source.aside or {}).items()


def _lapsed(scenario: Scenario) -> dict[str, str]:
    """Numbers about treaties that are over before anybody chooses, and why they move nothing."""
    horizon = scenario.horizon
    begins = horizon.known_until or horizon.start
    over = {
        name: f"{treaty.name} expires on {treaty.expires}, before anybody could leave it"
        for name, treaty in scenario.treaties.items()
        if treaty.expires is not None and treaty.expires <= begins
    }
    about = {f"treaties.{name}.": why for name, why in over.items()}
    about |= {
        f"moves.{name}.": over[move.treaty]
        for name, move in scenario.moves.items()
        if move.treaty in over
    }
    return {
        path: why
        for path in scenario.parameters()
        for beginning, why in about.items()
        if path.startswith(beginning)
    }
