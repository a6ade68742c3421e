"""Execution of a plan: submits the confirmed units one by one, determines their outcomes, journals every step."""
