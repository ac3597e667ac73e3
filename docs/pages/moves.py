"""The catalogue of moves of a scenario: codes, effects, rates, answers, W."""

from collections.abc import Iterator

from docs.pages.markdown import code, first_sentence, note, number, table
from relsim import cameo
from relsim.processes import effects, making
from relsim.scenario.catalogue import DRIVER_NAMES, MoveSpec
from relsim.scenario.fields.values import Value
from relsim.scenario.schema import Scenario

INTRODUCTION = """
# Moves

The catalogue of the baseline, `{name}`. Each move has a CAMEO code {{cite:p}}`gerner2009` and the
weight that the {table} table gives it on the scale of {{cite:t}}`goldstein1992`, from −10 to +10.
A scenario may have other moves with other codes; their effects are names of the engine's table,
`relsim.processes.effects.EFFECTS`. Why the codes of expulsions, treaty exits and leaders' meetings
are what they are: [decision 4](../decisions/0004-codes.md).

"""

CODES = """## Codes and effects

The class is what a move is to the record. Strong hostile moves fill the weekly series `hostile`,
are evidence against trust and pull allies to the other side; cooperative ones fill the series
`cooperative` and are evidence for trust; hostile ones do neither, but their weight is remembered.

"""

RATES = """
## Routine rates and answers

A routine rate is the rate a year, while the move is available, of an actor at its reference state
(`rate`). A move that hangs on a proposal, on talks or on a stock is available for a small part of
the time, so its routine rate is large and its count a year is not. "Answered" is the log-odds κ
that a move of the other side adds while it is unanswered. Values are 90% intervals over draws.

"""

EXPRESSION = """
## W: what the moves express

How far each move expresses the four motives of choice (see [the model](../model.md)). Four entries
are fixed at 1 as anchors: pressure in `impose_sanctions`, engagement in `propose_talks`,
retaliation in `expel_diplomats`, reciprocation in `goodwill_gesture`.

"""

JOINT = """
## Joint moves

Made at the table by both, not chosen by one. The weight counts once a side in the flow of the week;
the share under "felt" enters what each side remembers of the other.

"""


def page(scenario: Scenario) -> str:
    """The page, as Markdown."""
    chosen = {name: move for name, move in scenario.moves.items() if not move.joint}
    joint = {name: move for name, move in scenario.moves.items() if move.joint}
    actors = tuple(scenario.actors)
    moving = {name: move for name, move in chosen.items() if name != "hold"}
    return "".join(
        [
            note() + INTRODUCTION.lstrip().format(name=scenario.name, table=cameo.TABLE) + CODES,
            table(("move", "code", "weight", "class", "available", "what it does"),
                  (described(name, move) for name, move in chosen.items()), right="weight"),
            RATES,
            table(("move", *actors, *(f"answered, {actor}" for actor in actors)),
                  (tuple(rates(name, move, actors)) for name, move in moving.items())),
            EXPRESSION,
            table(("move", *DRIVER_NAMES),
                  (expression(name, move) for name, move in moving.items()),
                  right=",".join(DRIVER_NAMES)),
            JOINT,
            table(("move", "code", "weight", "felt", "concession", "what it does"),
                  (joint_row(name, move) for name, move in joint.items()),
                  right="weight,felt,concession"),
            "\n## Why\n\n",
            table(("move", "why"),
                  ((code(name), move.why or "") for name, move in scenario.moves.items())),
        ]
    )  # fmt: skip


def described(name: str, move: MoveSpec) -> tuple[str, ...]:
    """Code, weight, class, availability and effect of a move."""
    effect = effects.EFFECTS[move.effect]
    when = first_sentence(effect.available.__doc__).rstrip(".") if effect.available else "always"
    return (code(name), coded(move), number(move.weight, 1), move.kind.replace("_", " "),
            when, done(move))  # fmt: skip


def done(move: MoveSpec) -> str:
    """What a move does besides its weight: what the engine's function says of itself."""
    apply = effects.EFFECTS[move.effect].apply
    text = first_sentence(apply.__doc__) if apply else ""
    conceded = f"It is {move.concession:g} of a costly concession." if move.concession else ""
    return " ".join(filter(None, [text, conceded])) or "nothing else"


def coded(move: MoveSpec) -> str:
    """The code and its words."""
    return f"{move.cameo} {cameo.words(move.cameo)}" if move.cameo else "–"


def rates(name: str, move: MoveSpec, actors: tuple[str, ...]) -> Iterator[str]:
    """Routine rates and answers of a move, by actor."""
    yield code(name)
    yield from (bare(move.rate[actor]) for actor in actors)
    yield from (bare(move.answered[actor]) if move.answered else "–" for actor in actors)


def bare(value: Value) -> str:
    """A number as written, without its unit."""
    return value.text.removesuffix(f" {value.unit}")


def expression(name: str, move: MoveSpec) -> tuple[str, ...]:
    """The row of W."""
    return (code(name), *(number(entry, 1) for entry in move.expression()))


def joint_row(name: str, move: MoveSpec) -> tuple[str, ...]:
    """A move that both make at the table."""
    text = first_sentence(making.agree.__doc__) if move.effect == "agree" else "nothing else"
    return (code(name), coded(move), number(move.weight, 1), f"{move.felt:g}",
            f"{move.concession:g}", text)  # fmt: skip
