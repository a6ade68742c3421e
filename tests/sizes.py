"""How much is tried: `make test` a little of everything, `make test-long` all of it, `make torture` for an hour."""

from __future__ import annotations

import os

_SIZE = os.environ.get("TESTS", "short")

IS_TORTURE = _SIZE == "torture"
IS_LONG = IS_TORTURE or _SIZE == "long"
