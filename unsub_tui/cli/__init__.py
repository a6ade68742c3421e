"""The command line: parses arguments, loads settings and assembles the program.

Only this package reads the environment, the settings files and the clock; it passes the values to the other packages.
"""
