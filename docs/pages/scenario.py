"""Every section and key of a scenario file, read off the schema."""

from __future__ import annotations

import types
from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from annotated_types import Ge, Le
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from docs.pages.markdown import code, first_sentence, note, table
from docs.pages.meanings import MEANINGS
from relsim.scenario.conditions.operands import Definition
from relsim.scenario.fields.notation import same_dimension
from relsim.scenario.fields.section import Name, Section
from relsim.scenario.fields.values import Number, Value
from relsim.scenario.schema import Scenario

INTRODUCTION = """
# The scenario file

A scenario is a YAML 1.2 file: no code, no expressions, no anchors. This page has every key, from
the schema that the reader uses; `relsim schema` prints the same as JSON Schema, with which an
editor completes and checks the file. How to write one: [guide](../guides/scenario.md). Control
characters, and those that turn the direction of writing, are refused, also as escapes such as
`"\\u202e"`; what relsim prints and writes shows them as escapes.

## Numbers

A number is written in one of these forms, alone or as the `value` of a mapping:

| form | means |
| --- | --- |
| `0.5` | certain |
| `5 weeks`, `40%`, `0.3 per month` | certain, in a unit of one's own choice |
| `6 to 16` | a 90% interval: 5% of the probability lies below it, 5% above |
| `normal(mean, sd)` | normal |
| `lognormal(median, sd of the log)` | lognormal |
| `logit-normal(mean of the logit, sd of the logit)` | logit-normal |
| `beta(a, b)`, `gamma(shape, scale)` | beta, gamma |
| `triangular(low, mode, high)`, `uniform(low, high)` | triangular, uniform |
| `choice(a, b, c)` | one of the values, all as likely |

An interval is logit-normal for a share, lognormal if both ends are above 0, else normal. The
mapping has these keys:

| key | holds |
| --- | --- |
| `value` | the number |
| `unit` | its unit, if the value does not name one; a number without any takes the declared unit |
| `scale`, `shift`, `same_as` | a change relative to the draws, below |
| `source` | key of a work listed under `sources` |
| `claim` | id of a claim of a source, or a list of ids |
| `reference` | where in that work, or another work |
| `why` | the reason, in words |

"""

RELATIVE = """## Changes relative to the draws

A number that is set takes the place of what stood there, and of what its draws have learned. A
change relative to the draws keeps both: it is made of each draw, of a prior or of a joint
posterior. It stands in a file that extends another, in `--set`, in `Scenario.vary`, in lists of
ablations, and in `set` of a dated entry.

| form | the number becomes |
| --- | --- |
| `{scale: 2}` | twice what is drawn |
| `{shift: -0.43}`, `{shift: 2 weeks}` | less or more; without a unit in that of the value |
| `{scale: -1, shift: 1}` | drawn × `scale` + `shift` |
| `{same_as: actors.US.exposure}` | another's draw in the same run; units must be the same |

- A later change replaces an earlier one, whole; they do not add up. `{scale: 1}` gives the draws
  back.
- A number that is set later, `0.5` or `6 to 16`, clears the change. A change after it is of that.
- `same_as` takes the other's draw before any change to it, and goes with `scale` and `shift`. Two
  numbers may name each other: they exchange their draws. There are no longer chains.
- With `scale: 0` the number is certain, and no draw any more.
- A dated change is of the number with which the run began, changed or not: `{scale: 1}` ends what
  an earlier date began. It keeps its draw, so it does not go with `drawn_anew`.
- Bounds hold for what comes of it: of the distribution, and of each row of joint draws.

Where numbers that are set take parameters out of a joint posterior, `relsim run`, `compare`,
`drivers` and `show` name them: "No longer drawn from the posterior"; JSON has them under
`no_longer_from_posterior`.

"""

BOUNDS = """Bounds hold for a distribution too: its support, or where that is infinite its 0.01% and
99.99% points. "Exact" marks a number that must not be a distribution.

"""

UNION = (Union, types.UnionType)

# Where the annotation says less than a reader wants to know: (class, key) to what it takes.
TAKES = {
    ("CalendarEntry", "set"): "numbers by dotted path",
    ("Draws", "sha256"): "64 hexadecimal digits",
    ("Forecast", "means"): "three rising numbers",
}
EXTENDS = (
    "`extends`",
    "text",
    "none",
    "packaged scenario, or file in this folder or below, that this one changes: mappings merge, "
    "lists replace, null deletes, `{add: [...], remove: [...]}` changes a list",
)


def page() -> str:
    """The page, as Markdown."""
    parts = [note(), INTRODUCTION.lstrip(), units(), BOUNDS, RELATIVE]
    for path, section in sections():
        heading = f"`{path}`" if path else "Top level"
        parts.append(f"## {heading}\n\n{first_sentence(section.__doc__)}\n\n")
        parts.append(table(("key", "takes", "default", "meaning"), rows(section)) + "\n")
    return "".join(parts).rstrip() + "\n"


def units() -> str:
    """The units that convert into each other."""
    kinds = {
        "durations": same_dimension("weeks"),
        "rates": same_dimension("per year"),
        "shares": (*same_dimension("share"), "%"),
    }
    listed = "; ".join(f"{kind}: {', '.join(words)}" for kind, words in kinds.items())
    return (
        f"These units convert into each other: {listed}. A month is a twelfth of 365.25 days. "
        "Every other unit is a word that must be as declared.\n\n"
    )


def sections() -> Iterator[tuple[str, type[Section]]]:
    """Every section of the file with its path, in the order of the schema; each class once."""
    seen: set[type[Section]] = set()
    waiting: list[tuple[str, type[Section]]] = [("", Scenario)]
    while waiting:
        path, section = waiting.pop(0)
        if section in seen:
            continue
        seen.add(section)
        yield path, section
        below = [
            (f"{path}.{key}{step}".lstrip("."), child)
            for key, field in keys(section)
            for step, child in inside(field.annotation)
        ]
        waiting = below + waiting if path else waiting + below


def keys(section: type[Section]) -> Iterator[tuple[str, FieldInfo]]:
    """The keys of a section as a file writes them."""
    for name, field in section.model_fields.items():
        yield field.alias or name, field


def inside(annotation: Any) -> Iterator[tuple[str, type[Section]]]:
    """The sections that an annotation leads to, with what their paths add."""
    section = isinstance(annotation, type) and issubclass(annotation, Section)
    if section and not issubclass(annotation, Definition):  # conditions have their own page
        yield "", annotation
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Annotated or origin in UNION:
        for argument in arguments[: 1 if origin is Annotated else None]:
            yield from inside(argument)
    elif isinstance(origin, type) and issubclass(origin, Mapping):
        yield from ((f".NAME{step}", child) for step, child in inside(arguments[1]))
    elif origin is tuple:
        yield from ((f"[]{step}", child) for step, child in inside(arguments[0]))


def rows(section: type[Section]) -> Iterator[tuple[str, str, str, str]]:
    """A row for each key of a section."""
    words = MEANINGS.get(section.__name__, {})
    declared = dict(keys(section))
    if set(words) != set(declared):
        odd = ", ".join(sorted(set(words) ^ set(declared)))
        raise ValueError(f"docs/pages/meanings.py and the schema differ: {section.__name__}: {odd}")
    for key, field in declared.items():
        takes = TAKES.get((section.__name__, key)) or kind(whole_annotation(field))
        stem = section is Scenario and key == "name"  # the reader fills it in
        yield code(key), takes, "the file's stem" if stem else default(field), words[key]
    if section is Scenario:
        yield EXTENDS


def whole_annotation(field: FieldInfo) -> Any:
    """A field's annotation with the notes that pydantic has taken off it."""
    return Annotated[field.annotation, *field.metadata] if field.metadata else field.annotation


def default(field: FieldInfo) -> str:
    """What is taken if the key is missing."""
    if field.is_required():
        return "required"
    if field.default in (PydanticUndefined, (), None):
        return "none"
    if isinstance(field.default, float):
        return code(f"{field.default:g}")
    return code(str(field.default).lower() if isinstance(field.default, bool) else field.default)


def kind(annotation: Any) -> str:
    """What an entry of this type may be, in words."""
    origin, arguments = get_origin(annotation), get_args(annotation)
    if annotation is Name:
        return "name"
    if origin is Annotated:
        return annotated(arguments[0], arguments[1:])
    if origin is Literal:
        return ", ".join(code(word) for word in arguments)
    if origin in UNION:
        return one_of([kind(part) for part in arguments if part is not type(None)])
    if origin is tuple:
        return "list of " + plural(kind(arguments[0]))
    if isinstance(origin, type) and issubclass(origin, Mapping):
        return f"{plural(kind(arguments[1]))} by name"
    return simple(annotation)


def one_of(parts: list[str]) -> str:
    """Alternatives, each once."""
    return " or ".join(dict.fromkeys(parts))


def plural(words: str) -> str:
    """Words for several entries of a kind."""
    several = {"section": "sections", "text": "texts", "name": "names"}
    return several.get(words, words)


def simple(annotation: Any) -> str:
    """A type without arguments."""
    if isinstance(annotation, type) and issubclass(annotation, Definition):
        return "condition"
    if isinstance(annotation, type) and issubclass(annotation, Section):
        return "section"
    named = {"str": "text", "bool": "true or false", "int": "whole number", "float": "number"}
    return named.get(annotation.__name__, str(annotation.__name__))


def annotated(base: Any, notes: tuple[Any, ...]) -> str:
    """A type with the bounds that its annotation gives."""
    for item in notes:
        if isinstance(item, Number):
            return numeric(item)
    if base is not Value and hasattr(base, "__metadata__"):
        return kind(base)
    low = [item.ge for item in notes if isinstance(item, Ge)]
    high = [item.le for item in notes if isinstance(item, Le)]
    words = kind(base)
    if words == "text" and any(getattr(item, "pattern", None) for item in notes):
        return "name"
    if low and high:
        return f"{words} from {low[0]:g} to {high[0]:g}"
    return words


def numeric(declared: Number) -> str:
    """The unit and bounds of a number."""
    low, high = declared.bounds
    parts = ["pure number" if declared.unit == "1" else declared.unit]
    if declared.whole:
        parts.append("whole")
    if declared.positive:
        parts.append("above 0")
    elif declared.unit != "share" and low > float("-inf"):
        parts.append(f"{low:g} or more")
    if declared.unit == "share":
        parts.append(f"{low:g} to {high:g}")
    elif high < float("inf"):
        parts.append(f"at most {high:g}")
    if declared.fixed:
        parts.append("exact")
    return ", ".join(parts)
