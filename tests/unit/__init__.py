"""Tests of single modules, in folders that mirror the package."""
