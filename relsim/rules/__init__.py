"""How an actor chooses: pure functions on arrays, all in one table.

A rule takes an actor's `View` of some runs and the actor's parameters, and returns the probability
of each move in each run (see `relsim.rules.contract`). Of a rule that is marked `several_moves` the
odds against hold say how many moves a review lets expect (see `relsim.rules.several`); of any other
an actor makes one move at a review at most. A scenario names a rule for each actor; rules
of one's own are given to `relsim.simulate`, or registered by an installed package in the entry
point group ``relsim.rules``.

Rules may import from one another, worlds and scenario; the strategies of repeated games
share `repeated_games`. Begin with `logit`.
"""

from dataclasses import dataclass
from importlib.metadata import entry_points

from relsim.errors import UnknownName, UsageError
from relsim.rules.logit import expected_utility, logit
from relsim.rules.repeated_games import (
    generous_tit_for_tat,
    grit,
    memory_one,
    tit_for_tat,
    win_stay_lose_shift,
)
from relsim.rules.scripted import always_hold, scripted
from relsim.rules.several import several_moves
from relsim.rules.view import Rule, View
from relsim.scenario.actors import RULE_GROUP

__all__ = ["RULES", "BuiltIn", "Rule", "View", "logit", "memory_one", "rule_named", "several_moves"]


@dataclass(frozen=True)
class BuiltIn:
    """A rule of relsim's own: the function, what it does in a line, and where it comes from."""

    rule: Rule
    does: str
    source: str


# In the order of relsim.scenario.actors.BUILT_IN, which a test holds against this table.
RULES: dict[str, BuiltIn] = {
    "logit": BuiltIn(
        logit,
        "follows its routine as far as motives and unanswered moves do not push it away",
        "Matějka & McKay 2015; McKelvey & Palfrey 1995",
    ),
    "expected_utility": BuiltIn(
        expected_utility,
        "as logit, on the beliefs it began with: it learns nothing",
        "Bueno de Mesquita 1985; McKelvey & Palfrey 1995",
    ),
    "tit_for_tat": BuiltIn(
        tit_for_tat,
        "does as the other did last",
        "Axelrod 1984",
    ),
    "generous_tit_for_tat": BuiltIn(
        generous_tit_for_tat,
        "does as the other did last, and forgives one hostile move in three",
        "Nowak & Sigmund 1992; Molander 1985",
    ),
    "win_stay_lose_shift": BuiltIn(
        win_stay_lose_shift,
        "goes on while the other cooperates, changes course when it is hostile",
        "Nowak & Sigmund 1993",
    ),
    "grit": BuiltIn(
        grit,
        "makes a series of conciliatory steps, answers each hostile move once",
        "Osgood 1962; Etzioni 1967; Lindskold 1978",
    ),
    "scripted": BuiltIn(
        scripted,
        "makes the dated moves of the actor's script, and holds otherwise",
        "Tetlock & Belkin 1996",
    ),
    "always_hold": BuiltIn(
        always_hold,
        "does nothing salient, whatever happens",
        "convention: the null actor",
    ),
}


def rule_named(name: str) -> Rule:
    """The rule that a scenario means by `name`: built in, else of an installed package.

    Raises
    ------
    UnknownName
        If there is none.
    UsageError
        If a package's rule cannot be loaded.
    """
    if name in RULES:
        return RULES[name].rule
    return installed_rule(name)


def installed_rule(name: str) -> Rule:
    """Load the rule that an installed package registers under `name` in the group relsim.rules.

    Raises
    ------
    UnknownName
        If no package does.
    UsageError
        If two packages do, or the rule cannot be loaded.
    """
    found = list(entry_points(group=RULE_GROUP, name=name))
    if not found:
        raise UnknownName(f"no rule {name!r}: neither built in nor in an installed package")
    if len({entry.value for entry in found}) > 1:
        listed = ", ".join(sorted(entry.value for entry in found))
        raise UsageError(f"several packages register a rule {name!r}: {listed}")
    try:
        rule = found[0].load()
    except Exception as error:  # whatever a foreign package raises
        raise UsageError(f"rule {name!r}, {found[0].value}, cannot be loaded: {error}") from error
    if not callable(rule):
        raise UsageError(f"rule {name!r}, {found[0].value}, is no function")
    loaded: Rule = rule
    return loaded
