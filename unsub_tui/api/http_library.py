"""The HTTP library, imported only here: another one with the same interface is a change of this module.

Its loggers are silenced here, by name, because their DEBUG messages contain details of requests.
"""

import logging

import httpx as http

__all__ = ["http"]

for _name in ("httpx", "httpcore"):
    logging.getLogger(_name).setLevel(logging.WARNING)
