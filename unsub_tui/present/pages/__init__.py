"""Texts of whole pages, for the app and the commands."""
