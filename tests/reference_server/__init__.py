"""A server of the wire contract that knows nothing of ours.

It was made from the written contract alone, by somebody who had seen neither the client nor the sandbox. Those two
were written together, so what one misreads the other may misread the same way; where the program and this server agree
on what is asked, what is refused and what is charged to the last place, two independent readings do.

To stay that, it imports nothing of `unsub_tui` and nothing of the other tests; nothing here is corrected to suit the
program, only where the contract says so. Amounts are in the currency of the site: in China cents, elsewhere eight
places.
"""

from __future__ import annotations

from tests.reference_server.server import ReferenceServer, SeenRequest

__all__ = ["ReferenceServer", "SeenRequest"]
