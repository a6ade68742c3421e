"""Carries the job out: lists, plans, quotes, runs and records. What a screen or a command needs, it gets here."""
