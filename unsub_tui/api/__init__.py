"""The vendor's HTTP: a signed client for reads, another without any retry for the one call that destroys."""

import sys

sys.modules.setdefault("httpx._main", None)  # type: ignore[arg-type]  # httpx's own command line, which loads much
