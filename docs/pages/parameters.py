"""Every number of a scenario: value, unit, source, claim, reason."""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping

from docs.pages.markdown import code, note, table
from relsim.audit import audit
from relsim.scenario.fields.values import Value
from relsim.scenario.relative import held_jointly
from relsim.scenario.schema import Scenario

INTRODUCTION = """
# Parameters of the baseline

Every number of `{name}` that has a unit: {count}, of which {certain} are certain and {drawn} are
drawn afresh for each draw. "6 to 16" is a 90% interval (see [numbers](scenario.md)). {joint} of
them, marked †, are drawn together from the file of draws, since they have
[learned](../guides/learn.md): what stands here is what was held of them before. What each key
means stands on the page of [the scenario file](scenario.md). `relsim show {name}` prints the same
from the file.

## What they rest on

{origins}.
Published: taken from a work of others. Counted: from dated records, by this project.
Fitted: by a search for numbers that meet a record. Judged: a judgement of this
project, or a convention of the model. Intervals of the last two are wide on purpose. "Claims" are
of the article that the scenario starts from; their words stand in the file.

"""

ACTORS = {"actors": 2, "third_parties": 2, "issues": 2, "regions": 2, "projects": 2,
          "internal_order": 2, "treaties": 2, "moves": 2}  # fmt: skip


def page(scenario: Scenario) -> str:
    """The page, as Markdown."""
    values = scenario.parameters()
    certain = sum(value.constant is not None for value in values.values())
    parts = [
        note(),
        INTRODUCTION.lstrip().format(
            name=scenario.name,
            count=len(values),
            certain=certain,
            drawn=len(values) - certain,
            joint=len(held_jointly(scenario)),
            origins=origins_sentence(scenario),
        ),
        table(("key", "work", "origin", "numbers"), sources(scenario, values), right="numbers"),
    ]
    for heading, rows in groups(values, held_jointly(scenario)):
        parts.append(f"\n## {code(heading)}\n\n")
        parts.append(table(("number", "value", "rests on", "why"), rows))
    return "".join(parts)


def origins_sentence(scenario: Scenario) -> str:
    """How many of the numbers are published, counted, fitted, judged: also for the README."""
    found = audit(scenario, influence=False)
    counts = found.origins.items()
    first, *others, last = (f"{count} {origin}" for origin, count in counts if count)
    others = [first.replace(" ", " are ", 1), *others]
    named = f"{', '.join(others)} and {last}"
    return f"Of its {len(found.parameters)} numbers {named}{learned(scenario)}"


KINDS = {"history": "the record of moves", "forecasts": "the article's forecasts"}  # of evidence


def learned(scenario: Scenario) -> str:
    """How many of the numbers have learned, and from what, as the end of a sentence."""
    joint, draws = len(held_jointly(scenario)), scenario.draws
    if not joint or draws is None:
        return ""
    kinds = dict.fromkeys(one.kind for one in draws.evidence or ())
    learned_from = " and from ".join(KINDS[kind] for kind in kinds)
    return f"; {joint} of them have then learned from {learned_from}"


def sources(scenario: Scenario, values: Mapping[str, Value]) -> Iterator[tuple[str, ...]]:
    """Each source and how many numbers cite it."""
    cited = Counter(value.source for value in values.values())
    for key, work in scenario.sources.items():
        year = str(work.date or work.year or "")
        parts = [work.author, work.title, work.where, year]
        yield code(key), ", ".join(filter(None, parts)), work.origin or "", str(cited[key])


def groups(
    values: Mapping[str, Value], joint: Collection[str]
) -> Iterator[tuple[str, list[tuple[str, ...]]]]:
    """The numbers by section of the file, actor by actor, move by move; † for what has learned."""
    found: dict[str, list[tuple[str, ...]]] = {}
    for path, value in values.items():
        depth = ACTORS.get(path.split(".")[0], 1)
        parts = path.split(".")
        heading, rest = ".".join(parts[:depth]), ".".join(parts[depth:])
        found.setdefault(heading, []).append(row(rest, value, "†" if path in joint else ""))
    yield from found.items()


def row(name: str, value: Value, mark: str) -> tuple[str, ...]:
    """Number, value with unit, source and claims, reason."""
    rests = ", ".join(filter(None, [value.source, value.origin, *value.claim]))
    why = "; ".join(filter(None, [value.why, value.reference]))
    return code(name) + mark, str(value), rests, why
