"""What a report is about: a result, and what else there is to say of it."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, TypeAlias

from relsim.ensemble.conditioning import Left, condition_of
from relsim.ensemble.ensemble import Ensemble
from relsim.ensemble.headline import Headline, headline_of
from relsim.ensemble.opening import open_result
from relsim.errors import UsageError
from relsim.estimates.probability import Estimate
from relsim.estimates.thirds import Thirds
from relsim.inference.drivers.drivers import Drivers
from relsim.inference.drivers.drivers import drivers as find_drivers
from relsim.inference.rare.rarely import Rare
from relsim.inference.score.ledger import read_ledger, score_ledger
from relsim.inference.score.scoring import Scores
from relsim.inference.signposts.signposts import Signposts
from relsim.inference.signposts.watchable import asked_outcomes
from relsim.inference.update.saved_update import UPDATE_FILE, read_update
from relsim.inference.update.update import Update
from relsim.report.records import File, RareGiven, drivers_of, rare_of, signposts_of
from relsim.scenario.files.places import place_of
from relsim.scenario.schema import Scenario

__all__ = ["Source", "Subject", "subject_of"]

Source: TypeAlias = Ensemble | Update | File


@dataclass(frozen=True)
class Subject:
    """What sections take their data from.

    Attributes
    ----------
    ensemble : Ensemble
    folder : Path or None
        Of the result, where another section may look for what was written beside it.
    update : Update or None
    drivers : mapping or None
        The record of drivers (format relsim.drivers/1) of the outcome that the report is about.
    scores : Scores or None
        Of a ledger.
    signposts : Signposts or None
        Of the outcome that the report is about.
    rare : tuple of Rare
        Outcomes that hardly any run meets.
    """

    ensemble: Ensemble
    folder: Path | None = None
    update: Update | None = None
    drivers: Mapping[str, Any] | None = None
    scores: Scores | None = None
    signposts: Signposts | None = None
    rare: tuple[Rare, ...] = ()

    @property
    def scenario(self) -> Scenario:
        """Of the ensemble."""
        return self.ensemble.scenario

    @property
    def outcome(self) -> str:
        """The name of the outcome that the report is about: the headline."""
        return self.scenario.headline

    @property
    def outcomes(self) -> tuple[str, ...]:
        """The scenario's outcomes, without what `relsim signposts` watches."""
        return asked_outcomes(self.ensemble.outcomes)

    @property
    def condition(self) -> Left | None:
        """What all of it is given."""
        return condition_of(self.ensemble)

    @property
    def title(self) -> str:
        """The outcome's title."""
        return self.scenario.outcomes[self.outcome].title

    @property
    def probability(self) -> Estimate:
        """The outcome's probability."""
        return self.ensemble.probability(self.outcome)

    @cached_property
    def headline(self) -> Headline:
        """What is said of the outcome before all others."""
        found = headline_of(self.ensemble)
        if found is None:
            raise UsageError(
                f"a report is about the scenario's headline, {self.outcome}, which the result does "
                "not hold"
            )
        return found

    @property
    def thirds(self) -> tuple[Thirds, ...]:
        """Parameters by how much they matter to the outcome."""
        return self.ensemble.parameters_by_thirds(self.outcome)


def subject_of(
    source: Source,
    drivers: Drivers | bool | File | None = None,
    ledger: File | None = None,
    workers: int = 1,
    signposts: Signposts | File | None = None,
    rare: RareGiven = (),
) -> Subject:
    """Put together what `relsim.report` takes, whose docstring says what each is."""
    folder = update = None
    if isinstance(source, Update):
        ensemble, update = source.ensemble, source
    elif isinstance(source, Ensemble):
        ensemble = source
    else:
        ensemble, place = open_result(source), place_of(source)
        folder = place if isinstance(place, Path) else None
        if folder is not None and os.path.lexists(folder / UPDATE_FILE):
            update = read_update(folder / UPDATE_FILE, ensemble)
    return Subject(
        ensemble=ensemble,
        folder=folder,
        update=update,
        drivers=_drivers(ensemble, drivers, workers) if drivers else None,
        scores=None if ledger is None else score_ledger(read_ledger(ledger)),
        signposts=None if signposts is None else signposts_of(signposts, ensemble),
        rare=rare_of(rare, ensemble),
    )


def _drivers(ensemble: Ensemble, given: Drivers | bool | File, workers: int) -> Mapping[str, Any]:
    """The record of drivers: as given, read, or found by simulating anew."""
    if given is True:
        if not ensemble.provenance["reproducible_from_the_file_alone"]:
            raise UsageError(
                "drivers are found by simulating the scenario anew, and this result cannot be made "
                "again from its scenario alone"
            )
        given = find_drivers(ensemble.scenario, seed=ensemble.seed, workers=workers)
    return drivers_of(given, ensemble)  # type: ignore[arg-type]  # True and False are dealt with
