"""What follows from simulated histories."""
