"""The sandbox and its construction from options."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from msgspec.structs import replace

from unsub_tui.sandbox import SandboxOptions
from unsub_tui.sandbox.account_fixtures import ACCOUNT_NAME, DOMAIN_ID
from unsub_tui.sandbox.account_state import AccountState
from unsub_tui.sandbox.auth_state import MFA_USER, PASSWORD_USER, READING_USER, AuthState, Key
from unsub_tui.sandbox.faults import Faults, load_faults
from unsub_tui.sandbox.gateway import Gateway, RateLimits
from unsub_tui.sandbox.generator import Generator
from unsub_tui.sandbox.sites import SITES
from unsub_tui.sandbox.state_file import Start, StateFile, check_time
from unsub_tui.sandbox.timestamps import SimulatedClock

ADMINISTRATOR = Key("SANDBOXADMIN00000001", "sandbox-secret-of-the-administrator-1", can_write=True)
READER = Key("SANDBOXREADER0000001", "sandbox-secret-of-the-reader-00000001", can_write=False, user=READING_USER)


@dataclass(kw_only=True, eq=False)
class Sandbox(Gateway):
    """A sandbox: the gateway to its account, and its public credentials."""

    access_key: ClassVar = ADMINISTRATOR.access_key
    secret_key: ClassVar = ADMINISTRATOR.secret_key
    reader_access_key: ClassVar = READER.access_key
    """Access key with read permission only."""
    reader_secret_key: ClassVar = READER.secret_key
    domain_id: ClassVar = DOMAIN_ID
    account_name: ClassVar = ACCOUNT_NAME
    user: ClassVar = PASSWORD_USER
    """User that signs in with a password."""
    mfa_user: ClassVar = MFA_USER
    """User that signs in with a password and the code of a second factor."""
    state_file: StateFile | None

    @property
    def clock(self) -> SimulatedClock:
        """The simulated clock; tests advance it."""
        return self.account.clock

    def close(self) -> None:
        """Close the state file, if any."""
        if self.state_file is not None:
            self.state_file.close()


def open_sandbox(options: SandboxOptions) -> Sandbox:
    """Return a new sandbox, or a sandbox restored from its state file. Raise ValueError for invalid options."""
    if options.site not in SITES:
        raise ValueError(f"unknown site {options.site!r}; known sites: {', '.join(SITES)}")
    if options.resources < 0:
        raise ValueError("the number of resources must not be negative")
    state = StateFile(options.state_file) if options.state_file else None
    try:
        return _build_sandbox(options, state)
    except BaseException:
        if state is not None:
            state.close()
        raise


def _build_sandbox(options: SandboxOptions, state: StateFile | None) -> Sandbox:
    clock = SimulatedClock(options.now)
    epoch = int(clock.now())
    if state is not None:
        epoch = _load_epoch(state, options, epoch)
    generator = Generator(
        seed=options.seed,
        site=SITES[options.site],
        epoch=epoch,
        hostile=options.hostile,
        odd_terms=options.odd_terms,
        databases=options.databases,
    )
    account = AccountState(generator=generator, count=options.resources, clock=clock, behavior=options.behavior)
    if state is not None:
        account.attach_state_file(state)
    return Sandbox(
        account=account,
        auth_state=AuthState({key.access_key: key for key in (ADMINISTRATOR, READER)}),
        faults=load_faults(options.faults_file) if options.faults_file else Faults(),
        rate_limits=RateLimits(options.rate_scale),
        latency_seconds=options.latency_ms / 1000,
        state_file=state,
    )


def _load_epoch(state: StateFile, options: SandboxOptions, now: int) -> int:
    """Return the start time in the state file, which is `now` for a new file. Raise ValueError for other options."""
    start = Start(
        moment=now,
        resources=options.resources,
        seed=options.seed,
        site=options.site,
        hostile=options.hostile,
        odd_terms=options.odd_terms,
        databases=options.databases,
    )
    saved = next(state.events(), None)
    if saved is None:
        state.add_event(start)
        return now
    if not isinstance(saved, Start) or replace(saved, moment=start.moment) != start:
        raise ValueError("the state file was written with another number of resources, seed, site, names or terms")
    return int(check_time(saved.moment))
