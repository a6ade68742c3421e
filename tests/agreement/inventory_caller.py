"""Plain signed requests to the read-only services: httpx and the documented signature, without any client of ours."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

import httpx

from tests.reference_server import ReferenceServer

SIGNED = "content-type;host;{scope};x-sdk-date"


@dataclass(frozen=True)
class InventoryCaller:
    """Calls the services of one account as its owner."""

    vendor: ReferenceServer
    http: httpx.Client
    headers: dict[str, str] = field(default_factory=lambda: {"content-type": "application/json"})

    def send(
        self,
        service: str,
        path: str,
        query: Iterable[tuple[str, object]] = (),
        *,
        project_id: str = "",
        body: object = None,
        signed: str = SIGNED,
    ) -> httpx.Response:
        """Send one request; `{project}` and `{domain}` in the path are filled in, `body` makes it a POST."""
        domain_id = self.vendor.domain_id
        scope, scope_id = ("x-domain-id", domain_id) if service == "rms" else ("x-project-id", project_id)
        endpoint = self.vendor.endpoint if service == "iam" else self.vendor.service_endpoints[service]
        target = quote(path.format(project=project_id, domain=domain_id))
        method, content = ("GET", b"") if body is None else ("POST", json.dumps(body).encode())
        pairs = urlencode(sorted((key, str(value)) for key, value in query), quote_via=quote, safe="-_.~")
        headers = {
            **self.headers,
            "host": urlsplit(endpoint).netloc,
            scope: scope_id,
            "x-sdk-date": f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}",
        }
        names = signed.format(scope=scope).split(";")
        headers["authorization"] = self._authorization(names, headers, f"{method}\n{target}/\n{pairs}", content)
        return self.http.request(method, f"{endpoint}{target}?{pairs}".rstrip("?"), headers=headers, content=content)

    def _authorization(self, names: list[str], headers: Mapping[str, str], request: str, content: bytes) -> str:
        covered = "".join(f"{each}:{headers[each]}\n" for each in names)
        canonical = f"{request}\n{covered}\n{';'.join(names)}\n{hashlib.sha256(content).hexdigest()}"
        digest = hashlib.sha256(canonical.encode()).hexdigest()
        text = f"SDK-HMAC-SHA256\n{headers['x-sdk-date']}\n{digest}"
        signature = hmac.new(self.vendor.secret_key.encode(), text.encode(), hashlib.sha256).hexdigest()
        access = f"Access={self.vendor.access_key}, SignedHeaders={';'.join(names)}"
        return f"SDK-HMAC-SHA256 {access}, Signature={signature}"

    def read(self, *args: Any, **options: Any) -> Any:
        """Send one request, and return the JSON of its good answer."""
        response = self.send(*args, **options)
        assert response.status_code == 200, (response.status_code, response.text)
        return response.json()
