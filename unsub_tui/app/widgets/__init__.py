"""Widgets: they show what they are given and tell what a person did. None knows the engine."""
