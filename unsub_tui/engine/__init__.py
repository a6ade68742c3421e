"""Application layer: listings, plans, quotes, runs and journals, as used by the screens and commands."""
