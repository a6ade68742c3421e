"""The clients of the inventory's services, which share a session."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from unsub_tui.api.inventory.cbr import CbrClient
from unsub_tui.api.inventory.cce import CceClient
from unsub_tui.api.inventory.ces import CesClient
from unsub_tui.api.inventory.ecs import EcsClient
from unsub_tui.api.inventory.eip import EipClient
from unsub_tui.api.inventory.evs import EvsClient
from unsub_tui.api.inventory.permission_reads import PermissionReader
from unsub_tui.api.inventory.projects import ProjectsClient
from unsub_tui.api.inventory.rds import RdsClient
from unsub_tui.api.inventory.rms import ConfigClient
from unsub_tui.api.inventory.session import InventorySession

if TYPE_CHECKING:
    from unsub_tui.api.auth import Signer
    from unsub_tui.api.connection import Connection


class InventoryClients:
    """Clients for reads of other services. Use them with `async with`; their methods raise nothing for an answer."""

    def __init__(self, connection: Connection, signer: Signer) -> None:
        self.session = InventorySession(connection, signer)
        """Sends the requests of all clients."""
        self.ecs = EcsClient(self.session)
        self.evs = EvsClient(self.session)
        self.eip = EipClient(self.session)
        self.projects = ProjectsClient(self.session)
        self.cbr = CbrClient(self.session)
        self.rds = RdsClient(self.session)
        self.cce = CceClient(self.session)
        self.ces = CesClient(self.session)
        self.config = ConfigClient(self.session)
        self.permissions = PermissionReader(self.session)

    async def __aenter__(self) -> Self:
        await self.session.__aenter__()
        return self

    async def __aexit__(self, *error: object) -> None:
        await self.session.__aexit__(*error)
