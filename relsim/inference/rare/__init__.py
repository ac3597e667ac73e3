"""How likely an outcome is that hardly any run meets.

`ways` says how an outcome is estimated and why: by splitting, by chances added up, or by plain
Monte Carlo. `splitting` makes copies of the runs that come near and keeps their weights, `led`
does so in a simulation, `outline` looks for what the runs did that met it, `numbers` works out what
follows from the weights. It may import from the rooms above inference, and from that of updates,
whose draws it leads on. Begin with `rarely`.
"""
