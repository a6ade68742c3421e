"""Widgets: they display data and post messages about user input. No widget knows the engine."""
