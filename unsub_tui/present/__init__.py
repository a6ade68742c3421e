"""Formats domain objects as text and cells for display. Pure functions; no terminal library."""
