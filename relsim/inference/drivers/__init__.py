"""What drives an outcome: chance or parameters, which parameters, and which claims.

`indices` has the variance-based indices, `screening` those of all parameters against chance,
`curves` the probability along one parameter, `ablations` the claims that are taken away. It may
import from simulate, ensemble and the rooms above these. Begin with `drivers`, then `indices`.
"""
