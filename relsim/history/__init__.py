"""What happened, beside what the runs do: the record of 2014-2020 as figures with tolerances.

`followups` counts on the event log who moved how often and what followed what; `targets` holds
these counts against what was observed. It may import from ensemble and the rooms above it. Begin
with `targets`.
"""
