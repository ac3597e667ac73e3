"""What follows from many ensembles: comparing variants, what drives an outcome, calibration.

Each is a room of its own: `compare`, `drivers`, `calibrate`. All of them simulate through one pool
of workers (`relsim.runs.jobs`) and return one frozen result. They may import from simulate,
ensemble and the rooms above these, never from story, plots or cli.
"""
