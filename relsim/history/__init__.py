"""What happened: the record that simulated histories are held against."""
