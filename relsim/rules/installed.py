"""Rules that other installed packages bring, found by their entry points."""

from importlib.metadata import entry_points

from relsim.errors import UnknownName, UsageError
from relsim.rules.view import Rule
from relsim.scenario.actors import RULE_GROUP


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
