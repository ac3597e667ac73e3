"""The documentation, and what makes the pages that are computed: `python -m docs.build`."""
