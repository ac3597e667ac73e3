"""Pages to test: read with the standard library's parser, and results to make them of."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date
from functools import lru_cache
from html.parser import HTMLParser

from relsim.ensemble.ensemble import Ensemble
from relsim.history.events import Event
from relsim.inference.update.surprise import MoveSurprise, WeekSurprise
from relsim.inference.update.update import Stage, Update
from relsim.inference.update.weekly import Rejuvenation
from relsim.report.reporting import page_of
from relsim.report.sections import SECTIONS, Section
from relsim.report.subject import Subject
from relsim.scenario.schema import Scenario
from tests.figures.ensembles import simulated

LEFT_OUT = Event(
    date=date(2021, 5, 1), actor="US", target="RU", move="leave_cfe", what="it left",
    source="a newspaper", confidence=1.0, kind="recorded",
)  # fmt: skip
VOID = {"meta", "link", "br", "img", "hr", "input"}
EVIL = (
    "<script>alert(1)</script><img src=x onerror=alert(2)>\"'&lt;{{ 7*7 }}</style></title>"
    "\u202egpj\x1b[2J\u2066 =1+1 ]]>"
)


@dataclass
class Element:
    """A start tag, and the text right within it."""

    tag: str
    attributes: dict[str, str | None]
    inside: tuple[str, ...]
    text: str = ""


@dataclass
class Page(HTMLParser):
    """The elements of a page, in order."""

    source: str
    elements: list[Element] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._open: list[Element] = []
        self.feed(self.source)
        self.close()
        assert not self._open, [element.tag for element in self._open]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        inside = tuple(element.tag for element in self._open)
        assert len(dict(attrs)) == len(attrs), attrs
        element = Element(tag, dict(attrs), inside)
        self.elements.append(element)
        if tag not in VOID:
            self._open.append(element)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self._open.pop()

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop().tag == tag

    def handle_data(self, data: str) -> None:
        for element in self._open:
            element.text += data

    def all(self, tag: str, **attributes: str) -> list[Element]:
        """Elements of a tag with these attributes."""
        return [
            element
            for element in self.elements
            if element.tag == tag
            and all(element.attributes.get(key) == value for key, value in attributes.items())
        ]

    def by_id(self, name: str) -> Element:
        """The one element of that id."""
        (found,) = [element for element in self.elements if element.attributes.get("id") == name]
        return found

    def words(self) -> str:
        """All text of the body, with single spaces."""
        return " ".join(self.all("body")[0].text.split())

    def attributes(self) -> Iterator[tuple[str, str, str]]:
        """Tag, name and value of each attribute."""
        for element in self.elements:
            for name, value in element.attributes.items():
                yield element.tag, name, value or ""


def only(*names: str) -> tuple[Section, ...]:
    """Sections of a page by their names: all figures, which `plain` has, take seconds."""
    return tuple(section for section in SECTIONS if section.name in names)


@lru_cache(maxsize=1)
def plain() -> Page:
    """The report of a small result of the baseline."""
    return Page(page_of(Subject(simulated())))


def hostile(scenario: Scenario) -> Scenario:
    """A scenario of which every text that a report could show is hostile; no reader passes one."""
    first = next(iter(scenario.actors))

    def of(kind: str, *fields: str) -> dict[str, object]:
        entries = getattr(scenario, kind)
        return {
            name: one.model_copy(update={key: f"{EVIL} {getattr(one, key)}" for key in fields})
            for name, one in entries.items()
        }

    actors = of("actors", "name")
    rate = scenario.actors[first].gain
    actors[first] = scenario.actors[first].model_copy(
        update={
            "name": f"{EVIL} {first}",
            "gain": replace(rate, title=EVIL, why=EVIL, reference=EVIL),
        }
    )
    sources = {
        name: one.model_copy(
            update={
                "title": f"{EVIL} {one.title}", "author": EVIL,
                "claims": {claim: f"{EVIL} {words}" for claim, words in one.claims.items()},
            }
        )
        for name, one in scenario.sources.items()
    }  # fmt: skip
    return scenario.model_copy(
        update={
            "title": f"{EVIL} {scenario.title}", "question": f"{EVIL} {scenario.question}",
            "outcomes": of("outcomes", "title", "resolves"), "treaties": of("treaties", "name"),
            "actors": actors, "sources": sources,
        }
    )  # fmt: skip


def hostile_result() -> Ensemble:
    """A result of that scenario."""
    return replace(simulated(), scenario=hostile(simulated().scenario))


def moved_by_news(ensemble: Ensemble | None = None) -> Update:
    """An update that is planted, by default of `simulated`: two days, one week, one move."""
    ensemble = simulated() if ensemble is None else ensemble
    scenario = ensemble.scenario
    found = {name: ensemble.probability(name) for name in ensemble.outcomes}
    move = next(name for name, spec in scenario.moves.items() if spec.weight < -3)
    stages = (
        Stage(date(2021, 4, 6), found, 64.0, 64), Stage(date(2021, 5, 31), found, 40.5, 50),
    )  # fmt: skip
    return Update(
        asked=scenario,
        scenario=scenario,
        asked_hash="0123" * 16,
        stages=stages,
        weeks=(WeekSurprise(date(2021, 4, 7), 3.5, None, 60.0, 64),),
        moves=(MoveSurprise(date(2021, 4, 15), "US", move, 4.5, False, -0.02, 0.005),),
        rejuvenations=(Rejuvenation(1, 0.5, 30.0, 28, 60, 40.0, 0.25),),
        least_effective=30.0,
        counted=(),
        left_out=(LEFT_OUT,),
        refused={(date(2021, 4, 15), "US", move): 0.25},
        ensemble=ensemble,
        population=None,
        seed=3,
        draws=64,
        runs=64,
        elapsed_seconds=1.5,
    )
