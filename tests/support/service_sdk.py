"""The vendor's SDKs of the services beside billing, as clients of a sandbox that is served over HTTP."""

from __future__ import annotations

import importlib
import warnings
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import Any

from unsub_tui.sandbox.sandbox import Sandbox
from unsub_tui.sandbox.server import BackgroundServer


@dataclass(frozen=True)
class ServiceSdk:
    """An SDK with its client for a project, or for the account."""

    models: Any
    client: Any

    def call(self, operation: str, **values: Any) -> Any:
        """Call an operation, whose request class has its name."""
        request = "".join(part.capitalize() for part in operation.split("_")) + "Request"
        return getattr(self.client, operation)(getattr(self.models, request)(**values))


@dataclass(frozen=True)
class SdkStage:
    """A served sandbox, and the SDKs for it."""

    sandbox: Sandbox
    server: BackgroundServer
    _opened: ExitStack = field(default_factory=ExitStack)

    def of(self, package: str, version: str, key: str, project_id: str = "") -> ServiceSdk:
        """Return the SDK of a service for a project; without one for the account, without a key at billing's host."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            warnings.simplefilter("ignore", SyntaxWarning)
            models = importlib.import_module(f"huaweicloudsdk{package}.{version}")
            credentials = importlib.import_module("huaweicloudsdkcore.auth.credentials")
        keys = (self.sandbox.access_key, self.sandbox.secret_key)
        signer = (
            credentials.BasicCredentials(*keys, project_id)
            if project_id
            else credentials.GlobalCredentials(*keys, self.sandbox.domain_id)
        )
        builder = getattr(models, f"{package.capitalize()}Client").new_builder()
        endpoint = self.server.service_endpoints[key] if key else self.server.endpoint
        client = builder.with_credentials(signer).with_endpoint(endpoint).build()
        self._opened.callback(client._http_client._session.close)  # noqa: SLF001 - the SDK has no public way
        return ServiceSdk(models, client)


@contextmanager
def serve_to_sdks(sandbox: Sandbox) -> Iterator[SdkStage]:
    """Serve a sandbox to SDKs, and close their connections at the end."""
    with ExitStack() as opened, BackgroundServer(sandbox) as server:
        yield SdkStage(sandbox, server, opened)


def read_pages(read: Callable[[int], tuple[list[Any], int]]) -> list[Any]:
    """Return the rows of all pages of a list with record offsets; `read` returns a page and the total."""
    found, total = read(0)
    while len(found) < total:
        page, total = read(len(found))
        assert page
        found += page
    return found
