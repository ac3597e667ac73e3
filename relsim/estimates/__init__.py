"""How sure a number is: probabilities with their errors, and how they are written.

From counts of runs and draws alone: Monte Carlo errors and confidence intervals, intervals over
draws freed of Monte Carlo noise, weighted runs, when to stop, and the digits that an error
supports. Nothing here knows what was simulated, so it may import errors and the files above it in
the list of rooms, no room but these. Begin with `probability`.
"""
