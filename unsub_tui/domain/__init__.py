"""Domain model, independent of network, disk and screen: resources, rules, quotes, plans, outcomes.

Nothing here does I/O, awaits, reads the clock or draws random numbers; such values are passed in as arguments.
"""
