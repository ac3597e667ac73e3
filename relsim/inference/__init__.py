"""What follows from many ensembles: comparing variants, what drives an outcome, calibration.

Each is a room of its own: `compare`, `drivers`, `calibrate`. The first two simulate many ensembles
in one pool of workers and pair them run by run (`paired_runs`), the last weighs the draws of one;
each returns one frozen result. They may import from simulate, ensemble and the rooms above these,
never from story, plots or cli.
"""
