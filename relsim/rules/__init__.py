"""How an actor chooses: pure functions on arrays, one rule a file, all in one table."""

from relsim.rules.logit import logit
from relsim.rules.view import Rule, View

RULES: dict[str, Rule] = {"logit": logit}

__all__ = ["RULES", "Rule", "View", "logit"]
