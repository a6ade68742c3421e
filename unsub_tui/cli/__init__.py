"""The command line, and the one place where the parts are put together.

Only this layer reads the environment, files of settings and the clock; it hands values down.
"""
