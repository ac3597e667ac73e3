"""What parameters are called in tables and figures: in a scenario's own words, or composed.

A number may carry a ``title`` beside its reason. Where it has none, its title is composed from
the words of its field, which stand here, and from who or what it is of.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from relsim.scenario.fields.values import values_of

if TYPE_CHECKING:
    from relsim.scenario.schema import Scenario

__all__ = ["WORDS", "title_of", "titles_of"]

LONGEST_NAME = 14  # characters; what has a longer name is called by its key

# By group of the scenario; `parties`, `rate`, ... stand for all that lies below.
WORDS: dict[str, dict[str, str]] = {
    "dyad": {"rivalry": "rivalry"},
    "actors": {
        "review_every": "days from review to review",
        "first_review": "day of the first review",
        "stake": "weight of the belief in pressure",
        "breakeven": "belief at which pressure pays",
        "pressure_works": "prior belief that pressure works",
        "pressure_trials": "firmness of the belief in pressure",
        "learning_rate": "learning from a sanctions round",
        "belief_half_life": "half-life of lessons on pressure",
        "trial_window": "weeks until a round is judged",
        "belief_felt": "lessons that enter choice",
        "gain": "gain seen in ending the stalemate",
        "openings_value": "value of a shared opening",
        "relief": "wish for relief from hardship",
        "trust_value": "weight of trust in engagement",
        "audience": "weight of domestic constraint",
        "threat_cost": "cost of going back on a threat",
        "threat_half_life": "half-life of a threat",
        "constraint_relaxation": "persistence of constraint",
        "election_weight": "weight of election seasons",
        "trust": "prior trust in the other side",
        "trust_trials": "firmness of prior trust",
        "trust_rate": "learning from a reply",
        "trust_half_life": "half-life of learned trust",
        "trust_window": "time in which a reply counts",
        "negative_reciprocity": "retaliation for hostility",
        "positive_reciprocity": "return of goodwill",
        "memory_half_life": "half-life of memory",
        "hostility_saturation": "hostility at half of its effect",
        "goodwill_saturation": "goodwill at half of its effect",
        "hostility_at_start": "hostility held at the start",
        "goodwill_at_start": "goodwill held at the start",
        "debt_half_life": "half-life of an unanswered move",
        "momentum": "momentum of hostile moves",
        "momentum_half_life": "half-life of momentum",
        "momentum_reference": "usual number of hostile moves",
        "sanctions_stock": "sanctions in force at the start",
        "round_half_life": "half-life of a sanctions round",
        "bite_saturation": "sanctions at half of their bite",
        "bite_alone": "bite of sanctions without allies",
        "exposure": "exposure to sanctions",
        "hardship_lag": "lag of hardship behind sanctions",
        "reference.hostility": "hostility taken as usual",
        "reference.goodwill": "goodwill taken as usual",
        "reference.hardship": "hardship taken as usual",
        "reference.trust": "trust taken as usual",
        "reference.openings": "shared openings taken as usual",
    },
    "third_parties": {
        "level": "support at the start",
        "floor": "least support",
        "ceiling": "most support",
        "pull": "support gained from a hostile move",
        "half_life": "half-life of support",
    },
    "talks": {
        "proposal_lifetime": "life of a proposal",
        "preparation": "preparation of talks",
        "round_every": "time between rounds of talks",
        "summit_preparation": "preparation of a summit",
        "summit_held": "chance that a summit takes place",
        "document_offset": "chance of a joint document",
        "responsiveness": "effect of the climate on talks",
        "trust_weight": "weight of trust in the climate",
        "hostility_weight": "weight of hostility in the climate",
        "goodwill_weight": "weight of goodwill in the climate",
        "rivalry_weight": "weight of rivalry in the climate",
        "agreement_trials": "trust gained by an agreement",
        "chill_half_life": "half-life of the chill of expulsions",
        "chill_weight": "effect of expulsions on summits",
        "ratification": "time from signature to force",
        "summit_relief": "satisfaction after a summit",
        "summit_relief_half_life": "half-life of that satisfaction",
    },
    "treaties": {
        "notice": "notice of exit",
        "saved_by_agreement": "rescue by a new text",
        "parties.leaves_after": "time to exit",
    },
    "issues": {
        "agenda": "place on the agenda",
        "opening_rate": "openings a year",
        "opening_half_life": "life of an opening",
        "agreement_rate": "rate of agreement",
        "breakdown_rate": "rate of breakdown",
    },
    "regions": {
        "rate": "collisions a year",
        "severity_low": "smallest severity",
        "severity_high": "largest severity",
        "severity_sigma": "spread of severity",
        "felt": "blame for a collision",
        "excitation": "further collisions from one",
        "excitation_half_life": "half-life of excitation",
    },
    "bursts": {
        "start": "chance that a hot spell begins",
        "multiplier": "hostile moves in a hot week",
        "length": "length of a hot spell",
    },
    "projects": {
        "progress": "progress at the start",
        "pace": "pace of work",
        "disruption": "halts by sanctions",
        "delay": "length of a halt",
        "abandonment": "rate of giving it up",
    },
    "internal_order": {
        "attempt_rate": "attempts at mass protest",
        "hardship_weight": "effect of hardship on protest",
        "constraint_weight": "effect of constraint on protest",
        "success": "chance that an attempt succeeds",
        "support": "support for the government",
        "support_usual": "usual support for the government",
        "support_lost": "support lost to hardship",
        "support_weight": "protection by support",
    },
    "ladder": {
        "posture_chance": "escalation by a show of force",
        "collision_chance": "escalation by a collision",
        "momentum": "chance that escalation goes on",
        "harder": "ease of climbing further",
        "settling": "chance of stepping down",
    },
    "moves": {
        "rate": "rate of",
        "answered": "urge to answer",
        "mass_share": "share of mass expulsions",
        "preparation": "preparation of",
    },
    "index": {
        "half_life": "memory of the relations index",
        "start": "relations index at the start",
    },
}
EVADES = "help"  # in place of support, of a party that aligns with the target


def titles_of(scenario: Scenario) -> dict[str, str]:
    """The title of every parameter, by dotted path, no two alike.

    Examples
    --------
    >>> import relsim
    >>> titles = titles_of(relsim.load("us-russia-2021"))
    >>> titles["actors.US.gain"], titles["moves.impose_sanctions.rate.RU"]
    ('gain seen in ending the stalemate (US)', 'rate of “impose sanctions” (Russia)')
    """
    given = {path: value.title for path, value in values_of(scenario)}
    titles = {path: title or _composed(scenario, path) for path, title in given.items()}
    often = Counter(titles.values())
    return {p: p if often[title] > 1 and not given[p] else title for p, title in titles.items()}


def title_of(scenario: Scenario, parameter: str) -> str:
    """The title of one parameter; of a dated value ``path@2017-01-20`` with its date.

    A name that is no parameter of the scenario is its own title.
    """
    path, _, day = parameter.partition("@")
    title = titles_of(scenario).get(path, path)
    return f"{title}, from {day}" if day else title


def _composed(scenario: Scenario, path: str) -> str:
    group, *parts = path.split(".")
    words = WORDS.get(group, {})
    if group in ("dyad", "talks", "bursts", "ladder", "index"):
        return words.get(".".join(parts)) or _words_of(parts[-1])
    name, *field = parts
    said = words.get(".".join(field)) or words.get(field[0]) or _words_of(field[-1])
    of = _called(scenario, group, name)
    if group == "moves":
        said = f"{said} “{of}”" if field[0] != "mass_share" else said
        return f"{said} ({_called(scenario, 'actors', field[1])})" if field[1:] else said
    if group == "treaties" and field[0] == "parties":
        said = words.get(f"parties.{field[2]}") or _words_of(field[2])
        of = f"{_called(scenario, 'actors', field[1])}, {of}"
    if group == "third_parties" and scenario.third_parties[name].supports is None:
        said = said.replace("support", EVADES)
    return f"{said} ({of})"


def _called(scenario: Scenario, group: str, key: str) -> str:
    """Its name if that is short, else its key; an actor's at most ten characters."""
    holder = scenario.actors if group == "internal_order" else getattr(scenario, group)
    name = str(getattr(holder.get(key), "name", key))
    if group in ("actors", "internal_order"):
        return name if len(name) <= 10 else key
    return name if len(name) <= LONGEST_NAME and name != key else _words_of(key)


def _words_of(key: str) -> str:
    return key.replace("_", " ")
