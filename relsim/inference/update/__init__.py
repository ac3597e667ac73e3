"""A forecast that moves with the news: draws reweighed by what happens in the term, and moved.

`density` says what the draws had learned before, `leading` leads their runs along the events,
`weekly` reweighs them week by week and moves them where few bear weight (IBIS), along the chains of
`moving`; `setting` does that year by year, and leads draws forward. `surprise` says what was
unexpected and what it taught, `update` is the call and its result, `table` prints it, `state_file`
keeps it, `updated_file` writes a scenario that has learned it.
It may import from calibrate and the rooms above it. Begin with `update`.
"""
