"""Screens; each receives the engine, or the data that it shows, in its constructor."""
