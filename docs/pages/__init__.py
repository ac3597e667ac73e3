"""Pages that are computed from the schema, the baseline scenario and the engine; one a file."""
