"""How an actor chooses: pure functions on arrays, one rule a file, all in one table.

A rule takes an actor's `View` of some runs and the actor's parameters, and returns the probability
of each move in each run (see `relsim.rules.contract`). Of a rule that is marked `several_moves` the
odds against hold say how many moves a review lets expect (see `relsim.rules.several`); of any other
an actor makes one move at a review at most. A scenario names a rule for each actor; rules
of one's own are given to `relsim.simulate`, or registered by an installed package in the entry
point group ``relsim.rules``.

Rules may import from one another, worlds and scenario; `intent` is shared by the strategies of
repeated games. Begin with `logit`.
"""

from dataclasses import dataclass

from relsim.rules.always_hold import always_hold
from relsim.rules.expected_utility import expected_utility
from relsim.rules.generous_tit_for_tat import generous_tit_for_tat
from relsim.rules.grit import grit
from relsim.rules.logit import logit
from relsim.rules.memory_one import memory_one
from relsim.rules.scripted import scripted
from relsim.rules.several import several_moves
from relsim.rules.tit_for_tat import tit_for_tat
from relsim.rules.view import Rule, View
from relsim.rules.win_stay_lose_shift import win_stay_lose_shift

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
    # Only here, since looking through the installed packages takes a while.
    from relsim.rules.installed import installed_rule

    return installed_rule(name)
