"""Screens: each gets the engine, or what it shows, in its constructor."""
