"""Stable output formats: JSON, JSON Lines, CSV, Markdown."""
