"""What drives an outcome: chance or parameters, which parameters, and which claims.

`indices` has the variance-based indices and the probability along one parameter, `screening` the
indices of all parameters against chance, `ablations` the claims that are taken away. It may import
from simulate, ensemble and the rooms above these. Begin with `drivers`, then `indices`.
"""
