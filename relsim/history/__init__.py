"""What happened: events as data, and the record of 2014-2020 beside what the runs do.

`events` reads files of events, among them the packaged record, and keeps what was known on a day;
`event_counts` counts them. `coded_files` reads what machines have coded, and `candidates` makes
rows of it for a person to confirm. `followups` counts on the event log of runs who moved how often
and what followed what; `targets` holds these counts against what was observed. It may import from
ensemble and the rooms above it. Begin with `events`.
"""
