"""The sandbox and its construction from options."""

from __future__ import annotations

from dataclasses import replace

from starlette.applications import Starlette

from unsub_tui.sandbox import SandboxOptions
from unsub_tui.sandbox.account_fixtures import ACCOUNT_NAME, Key
from unsub_tui.sandbox.account_state import AccountState
from unsub_tui.sandbox.auth_state import MFA_USER, PASSWORD_USER, AuthState, build_auth_state
from unsub_tui.sandbox.clock import SimulatedClock
from unsub_tui.sandbox.faults import Faults, load_faults
from unsub_tui.sandbox.gateway import Gateway, build_app, check_operations
from unsub_tui.sandbox.generator import Generator
from unsub_tui.sandbox.rate_limits import RateLimits
from unsub_tui.sandbox.sites import SITES
from unsub_tui.sandbox.state_file import LATEST, StateFile

ADMINISTRATOR = Key("SANDBOXADMIN00000001", "sandbox-secret-of-the-administrator-1", can_write=True)
READER = Key("SANDBOXREADER0000001", "sandbox-secret-of-the-reader-00000001", can_write=False)
DOMAIN_ID = "5a4d8b0e7c1f4b2a9d3e6f0a1b2c3d4e"


class Sandbox:
    """A sandbox: its ASGI application, its credentials and its account state."""

    access_key = ADMINISTRATOR.access
    secret_key = ADMINISTRATOR.secret
    reader_access_key = READER.access
    """Access key with read permission only."""
    reader_secret_key = READER.secret
    domain_id = DOMAIN_ID
    account_name = ACCOUNT_NAME
    user = PASSWORD_USER
    """User that signs in with a password."""
    mfa_user = MFA_USER
    """User that signs in with a password and the code of a second factor."""

    def __init__(self, gateway: Gateway, state: StateFile | None) -> None:
        self._gateway = gateway
        self._state = state
        self.app: Starlette = build_app(gateway)

    @property
    def account(self) -> AccountState:
        """The account state, including the log of all unsubscribe requests."""
        return self._gateway.account

    @property
    def clock(self) -> SimulatedClock:
        """The simulated clock; tests advance it."""
        return self._gateway.account.clock

    @property
    def faults(self) -> Faults:
        """The active faults; may be replaced at any time."""
        return self._gateway.faults

    @faults.setter
    def faults(self, faults: Faults) -> None:
        check_operations(faults)
        self._gateway.faults = faults

    @property
    def rate_limits(self) -> RateLimits:
        """The rate limits; `scale` may be changed at any time."""
        return self._gateway.rate_limits

    @property
    def auth_state(self) -> AuthState:
        """The valid keys and tokens; tests age them, revoke them and remove permissions."""
        return self._gateway.auth_state

    def reject_as_wrong_site(self, code: str) -> None:
        """Reject all billing calls with this code, as if the account belonged to another site."""
        self._gateway.wrong_site_code = code

    def close(self) -> None:
        """Close the state file, if any."""
        if self._state is not None:
            self._state.close()

    def connection_info(self, endpoint: str) -> dict[str, str]:
        """Return the endpoint, the administrator's keys and the account id."""
        return {
            "endpoint": endpoint,
            "access_key": self.access_key,
            "secret_key": self.secret_key,
            "domain_id": self.domain_id,
        }


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
    epoch = int(clock.now()) if state is None else _restore_epoch(state, options, clock)
    generator = Generator(seed=options.seed, site=SITES[options.site], epoch=epoch, hostile=options.hostile)
    behavior = replace(options.behavior, settle_seconds=options.settle_seconds)
    account = AccountState(generator=generator, count=options.resources, clock=clock, behavior=behavior)
    if state is not None:
        account.attach_state_file(state)
    faults = load_faults(options.faults_file) if options.faults_file else Faults()
    check_operations(faults)
    gateway = Gateway(
        account=account,
        auth_state=build_auth_state((ADMINISTRATOR, READER)),
        domain_id=DOMAIN_ID,
        faults=faults,
        rate_limits=RateLimits(options.rate_scale),
        latency_seconds=options.latency_ms / 1000,
    )
    return Sandbox(gateway, state)


def _restore_epoch(state: StateFile, options: SandboxOptions, clock: SimulatedClock) -> int:
    """Return the epoch saved in the state file, and advance the clock to the last saved event."""
    asked: dict[str, object] = {
        "resources": options.resources,
        "seed": options.seed,
        "site": options.site,
        "hostile": options.hostile,
    }
    epoch = clock.now()
    facts = state.load_options({**asked, "epoch": int(epoch)})
    if any(facts[name] != value for name, value in asked.items()):
        raise ValueError("the state file was written with another number of resources, seed, site or names")
    behind = state.last_event_time() - clock.now()
    if behind > 0:
        clock.advance(behind)
    first = int(str(facts["epoch"]))
    if not 0 <= first <= LATEST:
        raise ValueError("the state file has a time that is out of range")
    return first
