"""Reads the inventory: all lists of an account in the background, and everything about selected resources."""
