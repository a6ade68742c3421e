"""Stable output forms: JSON, CSV, Markdown."""
