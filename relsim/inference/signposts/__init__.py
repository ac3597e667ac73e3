"""Signposts: what to watch by a date, what it would tell, and what it would bring about.

`watchable` declares what an outsider can see as outcomes, `information` says what each tells of
an outcome and chooses among them, `interventions` brings one about in all runs. It may import from
the files of inference itself. Begin with `signposts`.
"""
