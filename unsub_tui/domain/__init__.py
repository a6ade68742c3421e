"""What holds without a network, a disk or a screen: resources, rules, quotes, plans, outcomes.

Nothing here does I/O, awaits, reads the clock or draws random numbers; those come in as arguments.
"""
