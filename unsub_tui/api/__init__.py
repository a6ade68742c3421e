"""HTTP clients for the Huawei Cloud APIs: one for reads, with retries; others for changes, which never retry."""

import sys

sys.modules.setdefault("httpx._main", None)  # type: ignore[arg-type]  # skips its command line and imports
