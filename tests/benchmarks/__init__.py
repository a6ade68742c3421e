"""Measures for `make bench`: reported as figures and ratios of one run, never asserted."""
