"""Hardening, signals and the orderly end of the process."""
