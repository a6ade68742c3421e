"""Assembles the program: a connection from settings, an engine from a connection, the demo from a sandbox."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import stat
from asyncio import to_thread
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from unsub_tui.cli.config.paths import cache_dir, rules_file, runtime_dirs
from unsub_tui.cli.config.settings import Settings
from unsub_tui.cli.config.toml import ConfigError
from unsub_tui.domain.guards import Guards
from unsub_tui.domain.problem import ProblemKind
from unsub_tui.engine.engine import Engine, EngineOptions
from unsub_tui.engine.run.policy import Clock, RunPolicy
from unsub_tui.journal.strict_stat import path_exists, stat_or_none
from unsub_tui.present.i18n import _

if TYPE_CHECKING:
    from unsub_tui.api.connection import Connection
    from unsub_tui.sandbox import SandboxOptions
    from unsub_tui.sandbox.sandbox import Sandbox


def account_engine(settings: Settings) -> Engine:
    """Return the engine of the configured account.

    Asks for the password here, before the app starts, if the user signs in with one. Raises CREDENTIALS.
    """
    from unsub_tui.cli.credentials.prompt import credential_provider_for

    own_rules = rules_file()
    if path_exists(own_rules, ProblemKind.CONFIG) or own_rules.is_symlink():  # do not import the parser without need
        from unsub_tui.engine.rulebook import read_override

        read_override(own_rules)
    provider = credential_provider_for(settings.source)

    async def connect() -> Connection:
        from unsub_tui.api.connection import Connection

        return Connection(
            site=settings.site,
            credential_provider=provider,
            endpoint=settings.endpoint,
            service_endpoints=settings.service_endpoints,
        )

    options = EngineOptions(
        run_policy=RunPolicy(busy_wait_seconds=settings.busy_wait_seconds),
        state_dir=settings.state_dir,
        site=settings.site,
        profile=settings.profile,
        alias=settings.alias,
        guards=settings.guards,
        operator=operator(),
        is_production=settings.is_production,
        rules_file=own_rules,
        cache_dir=cache_dir(),
        runtime_dirs=runtime_dirs(),
    )
    return Engine(connect, options)


def demo_engine(
    sandbox_options: SandboxOptions,
    state_dir: Path,
    *,
    clock: Clock | None = None,
    policy: RunPolicy | None = None,
    guards: Guards | None = None,
    on_sandbox_created: Callable[[Sandbox], None] = lambda _sandbox: None,
    keep: bool = False,
    fresh: bool = False,
    operator_name: str = "",
) -> Engine:
    """Return an engine on a sandbox in this process, with an empty journal.

    With `keep`, account and journal are those of the last start with the same options, unless `fresh`.
    `on_sandbox_created` receives the new sandbox, for tests that inspect its ledger. `operator_name` replaces the user
    of this machine in the record. The engine raises ConfigError when it connects if the kept account cannot be used.
    """

    async def connect() -> Connection:
        from unsub_tui.sandbox.sandbox import open_sandbox

        try:
            sandbox = await to_thread(open_sandbox, sandbox_options)
        except ValueError as error:
            words = _("The saved demo cannot be used ({why}). Start again: unsub-tui demo --fresh")
            raise ConfigError(words, why=error) from error
        on_sandbox_created(sandbox)
        return _sandbox_connection(sandbox, sandbox_options.site)

    estate = f"{sandbox_options.site}-{sandbox_options.resources}-{sandbox_options.seed}"
    demo_dir = state_dir / "demo" / estate if keep else state_dir / "demo"
    status = stat_or_none(demo_dir, follow=False)  # a link is not followed: its target is not ours to delete
    if (fresh or not keep) and status is not None and stat.S_ISDIR(status.st_mode):
        shutil.rmtree(demo_dir)
    if keep:
        demo_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        sandbox_options = replace(sandbox_options, state_file=demo_dir / "account.sqlite")
    options = EngineOptions(
        state_dir=demo_dir,
        site=sandbox_options.site,
        profile="demo",
        guards=guards or Guards(),
        operator=operator_name or operator(),
        is_demo=True,
        clock=clock or Clock(),
        run_policy=policy or RunPolicy(),
    )
    return Engine(connect, options)


def _sandbox_connection(sandbox: Sandbox, site: str) -> Connection:
    """Return a connection that calls the sandbox in this process and opens no socket."""
    from unsub_tui.api.connection import AccessKey, Connection, CredentialProvider
    from unsub_tui.api.http_library import http
    from unsub_tui.domain.secret import Secret

    key = AccessKey(
        access_key=sandbox.access_key,
        secret_key=Secret(sandbox.secret_key),
        domain_id=sandbox.domain_id,
        source="embedded sandbox",
    )
    return Connection(
        site=site,
        endpoint="http://127.0.0.1",  # a placeholder: nothing listens there
        credential_provider=CredentialProvider.static(key),
        transport_factory=lambda: http.ASGITransport(app=sandbox.app),
        service_transports={key: partial(http.ASGITransport, app=app) for key, app in sandbox.service_apps.items()},
    )


def operator() -> str:
    """Return the operator for the journal: user, host, and the origin of the SSH session.

    The user name comes from the system, not from the environment, which `su` leaves unchanged.
    """
    try:
        user = pwd.getpwuid(os.getuid()).pw_name
    except KeyError:  # a user id without a name, as in containers
        user = f"uid {os.getuid()}"
    sudo = os.environ.get("SUDO_USER")
    name = f"{user} (sudo by {sudo})" if sudo else user
    origin = os.environ.get("SSH_CONNECTION", "").split(" ")[0]
    return f"{name}@{socket.gethostname()}" + (f" from {origin}" if origin else "")
