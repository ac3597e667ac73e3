"""What happened: events as data, and the record of 2014-2020 beside what the runs do.

`events` reads files of events, among them the packaged record, and keeps what was known on a day;
`event_counts` counts them. `coded_files` reads what machines have coded, and `candidates` makes
rows of it for a person to confirm. `forced` lets the runs of a scenario make what is recorded.
`followups` counts on the event log of runs who moved how often and what followed what; `targets`
holds these counts against what was observed. `dispersion` measures how unevenly moves fall over
days, weeks and years, of the record and of runs alike, and `dispersion_table` holds the one against
the other. `one_step` has reference forecasters of the next day's moves, and `log_scores` compares
forecasters by their log scores. `base_rates` counts in how many earlier terms the record met an
outcome. It may import from ensemble and the rooms above it. Begin with
`events`.
"""

from relsim.history.base_rates import base_rates
from relsim.history.candidates import Candidate, Candidates, candidates_of, candidates_text, move_of
from relsim.history.coded_files import CodedCounts, read_coded
from relsim.history.event_counts import class_of, counted_by, cross_table
from relsim.history.events import (
    Event,
    events_text,
    events_until,
    held_out_record,
    packaged_record,
    read_events,
    write_events,
)

__all__ = [
    "Candidate",
    "Candidates",
    "CodedCounts",
    "Event",
    "base_rates",
    "candidates_of",
    "candidates_text",
    "class_of",
    "counted_by",
    "cross_table",
    "events_text",
    "events_until",
    "held_out_record",
    "move_of",
    "packaged_record",
    "read_coded",
    "read_events",
    "write_events",
]
