"""`unsub-tui doctor`: checks of this machine and of the account, and the exit code for both."""

from __future__ import annotations

import os
import platform
import shutil
import sys
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import click

from unsub_tui import __version__
from unsub_tui.api.endpoints import DEFAULT_SITE, Hosts, is_direct
from unsub_tui.cli.app_options import is_utf8_terminal
from unsub_tui.cli.completions import complete_files
from unsub_tui.cli.config.guard_settings import guard_rows
from unsub_tui.cli.config.paths import home_dir
from unsub_tui.cli.config.settings import Settings
from unsub_tui.cli.context import GlobalOptions, resolve_settings, within_timeout
from unsub_tui.cli.exit_codes import ExitCode, ending, exit_code_for
from unsub_tui.cli.options import format_option, timeout_option
from unsub_tui.cli.output import write, write_json
from unsub_tui.domain.account import AccountRef
from unsub_tui.domain.contract import ContractReport
from unsub_tui.domain.first_day import next_step
from unsub_tui.domain.problem import Check, CheckState, Problem, ProblemKind, UnsubError
from unsub_tui.domain.run import Unit, completed_unsubscriptions
from unsub_tui.domain.untrusted_text import for_display
from unsub_tui.present.export.documents import doctor_document
from unsub_tui.present.i18n import _
from unsub_tui.present.pages.contract import contract_lines
from unsub_tui.present.pages.doctor import check_lines, policy_lines
from unsub_tui.present.pages.first_day import next_step_lines, report_line, step_command

if TYPE_CHECKING:
    from unsub_tui.engine.contract.answers import Answers
    from unsub_tui.engine.engine import Engine

MIN_SIZE, RECOMMENDED_SIZE = (60, 16), (80, 24)
_AREA_ORDER = (
    *("credentials", "account", "guards", "network", "permissions"),
    *("inventory", "limits", "record", "terminal", "program"),
)
_SEVERITY_ORDER = (
    *(ExitCode.CREDENTIALS, ExitCode.SERVICE, ExitCode.USAGE),
    *(ExitCode.INTERNAL, ExitCode.GUARD, ExitCode.LOCKED, ExitCode.SOME_FAILED, ExitCode.CANCELLED),
)


@click.command("doctor", short_help="Check credentials, permissions, record and terminal.")
@format_option("json")
@click.option(
    "--contract",
    "checks_contract",
    is_flag=True,
    help="Also check with up to 20 reads whether Huawei Cloud answers as this program assumes.",
)
@click.option(
    "--save",
    "capture_file",
    metavar="FILE",
    shell_complete=complete_files,
    help="Save the answers that --contract judged, without anything that names the account, for a bug report.",
)
@timeout_option
@click.pass_obj
def command(
    global_options: GlobalOptions, *, output_format: str, checks_contract: bool, capture_file: str | None
) -> int:
    """Check credentials, account, permissions, network, record and terminal. Changes nothing."""
    if capture_file is not None:
        if not checks_contract:
            raise click.UsageError(_("--save needs --contract, whose answers it saves"))
        from unsub_tui.engine.files import check_writable_path

        check_writable_path(capture_file)  # before the checks, which take a while
    report = _Report()
    try:
        settings = resolve_settings(global_options)
        report.site = settings.site
        report.checks += _local_checks(settings)
        _check_account(report, settings, checks_contract=checks_contract, capture_file=capture_file)
    except UnsubError as error:
        report.checks.append(_settings_failure(error))
    return report.write(output_format)


@dataclass(slots=True)
class _Report:
    """The findings, as far as the checks got."""

    checks: list[Check] = field(default_factory=list)
    contract: ContractReport | None = None
    units: list[Unit] | None = None
    """The recorded units of the account; None if they could not be read."""
    site: str = ""
    account: AccountRef | None = None

    def write(self, output_format: str) -> int:
        """Write the report and return the exit code of its most severe failed check.

        An assumption that does not hold is no failure: the program has an answer to it.
        """
        ordered = sorted(self.checks, key=lambda check: _AREA_ORDER.index(check.area))
        failed = [check.problem for check in ordered if check.state is CheckState.FAILED]
        units = self.units or []
        step, run_id = None, next((each.run_id for each in completed_unsubscriptions(units)), "")
        if self.units is not None or failed:
            step = next_step(units, has_failed=bool(failed), is_contract_checked=self.contract is not None)
        versions = f"unsub-tui {__version__}; Python {platform.python_version()}"
        line = report_line(versions, f"{platform.system()} {platform.machine()}", self.site, self.contract)
        command = step_command(step, run_id) if step is not None else ""
        codes = [ExitCode.INTERNAL if problem is None else exit_code_for(problem.kind) for problem in failed]
        code = min(codes, key=_SEVERITY_ORDER.index, default=ExitCode.OK)
        if output_format == "json":
            ended = ending(code, self.account, datetime.now(UTC))
            write_json(doctor_document(ordered, self.contract, ended, step=step, command=command, line=line))
        else:
            lines = [*check_lines(ordered), *policy_lines(ordered), ""]
            if self.contract is not None:
                lines += [*contract_lines(self.contract), ""]
            if step is not None:
                lines += [*next_step_lines(step, run_id), ""]
            lines += [_("For a bug report:"), line]
            write("\n".join(lines) + "\n")
        return code


def _check_account(report: _Report, settings: Settings, *, checks_contract: bool, capture_file: str | None) -> None:
    """Add the checks of the account and the journals. Raise UnsubError if there is no engine for the settings."""
    import asyncio

    from unsub_tui.cli.wiring import account_engine
    from unsub_tui.engine.doctor import protection_checks

    try:
        engine = account_engine(settings)
    except UnsubError:
        report.checks += protection_checks(settings.guards, None)
        raise

    async def closed_afterwards() -> None:
        try:
            await within_timeout(
                _run_checks(report, engine, checks_contract=checks_contract, capture_file=capture_file)
            )
        except UnsubError as error:
            if all(each.code != "not_read_in_time" for each in error.problem.facts):
                raise
            # The checks up to now are worth as much as before.
            report.checks.append(Check(area="network", name="time", state=CheckState.FAILED, problem=error.problem))
        finally:
            await engine.close()

    asyncio.run(closed_afterwards())


async def _run_checks(report: _Report, engine: Engine, *, checks_contract: bool, capture_file: str | None) -> None:
    """Add the checks that need requests, each as soon as it is known."""
    from unsub_tui.engine.doctor import run_checks

    async for check in run_checks(engine):
        report.checks.append(check)
    if engine.account.ref is None:
        return
    report.site, report.account = engine.account.site, engine.account.ref
    with suppress(UnsubError):  # the checks of the journals say why
        report.units = engine.history.units()
    if checks_contract:
        from unsub_tui.engine.contract.check import check_contract

        report.contract, answers = await check_contract(engine)
        if capture_file is not None:
            report.checks.append(_save_capture(capture_file, report.contract, answers, report.site))


def _save_capture(name: str, report: ContractReport, answers: Answers, site: str) -> Check:
    """Write the capture file, and return a check that says so."""
    from unsub_tui.engine.contract.capture import capture_text
    from unsub_tui.engine.files import write_file

    try:
        text = capture_text(report, answers, site)
        path = write_file(name, text)
    except UnsubError as error:
        return Check(area="program", name="capture", state=CheckState.FAILED, problem=error.problem)
    words = _(
        "{path}, {kilobytes} kB: ids, names and other texts are replaced, times are moved, amounts are scaled; look at "
        "it before you send it"
    )
    value = words.format(path=for_display(str(path)), kilobytes=round(len(text.encode()) / 1000))
    return Check(area="program", name="capture", value=value)


def _local_checks(settings: Settings) -> Iterator[Check]:
    """Yield the checks that send no requests: credentials, guards, network, terminal, program."""
    for report in settings.credential_reports:
        state = CheckState.OK if report.source else CheckState.NOT_TRIED
        name = report.location.replace(str(home_dir() or "~"), "~", 1)
        yield Check(area="credentials", name=for_display(name), state=state, value=for_display(report.message))
    for name, value, origin in guard_rows(settings.guards):
        if name != "protected" or not settings.guards.protected:  # patterns are checked against the account's resources
            yield Check(area="guards", name=name, value=f"{value} ({origin})" if origin else value)
    hosts = Hosts.for_site(settings.site or DEFAULT_SITE, settings.endpoint)
    endpoint = hosts.bss if settings.site or settings.endpoint else "set by the site"
    yield Check(area="network", name="endpoint", value=endpoint)
    proxy = Check(area="network", name="proxy", value="none (this machine)")
    yield proxy if is_direct(hosts.bss) else _proxy(hosts.bss)
    yield Check(area="network", name="certificates", value=_certificate_source())
    yield from _terminal()
    yield Check(area="program", name="unsub-tui", value=f"{__version__}, Python {platform.python_version()}")


def _settings_failure(error: UnsubError) -> Check:
    """Return the check that failed because of invalid settings or missing credentials."""
    return Check(area="credentials", name="settings", state=CheckState.FAILED, problem=error.problem)


def _proxy(url: str) -> Check:
    """Return a check with the proxy for a URL, without the password that its address may contain."""
    proxy = getproxies().get("https", "")
    if not proxy or proxy_bypass(urlsplit(url).hostname or ""):
        return Check(area="network", name="proxy", value="none")
    try:
        found = urlsplit(proxy if "://" in proxy else f"http://{proxy}")
        host, port = found.hostname or "", f":{found.port}" if found.port else ""
    except ValueError:
        host, port = "", ""
    if not host:
        detail = _("HTTPS_PROXY must be an address such as http://proxy.example.com:3128")
        problem = Problem(kind=ProblemKind.CONFIG, detail=detail)
        return Check(area="network", name="proxy", state=CheckState.FAILED, problem=problem)
    return Check(area="network", name="proxy", value=for_display(f"{found.scheme}://{host}{port}"))


def _certificate_source() -> str:
    named = os.environ.get("SSL_CERT_FILE") or os.environ.get("SSL_CERT_DIR")
    return f"{for_display(named) if named else 'bundle of certifi'}, always verified, TLS 1.2 or newer"


def _terminal() -> Iterator[Check]:
    check = partial(Check, area="terminal")
    if not (sys.stdin.isatty() and sys.stdout.isatty()) or os.environ.get("TERM", "") in ("", "dumb"):
        words = "none that can show the app; commands work without one"
        yield check(name="terminal", state=CheckState.WARNING, value=words)
        return
    columns, lines = shutil.get_terminal_size()
    (width, height), (good_width, good_height) = MIN_SIZE, RECOMMENDED_SIZE
    least = f"the app needs at least {width}x{height}; {good_width}x{good_height} or more is recommended"
    state = CheckState.WARNING if columns < width or lines < height else CheckState.OK
    yield check(name="size", state=state, value=f"{columns}x{lines}", advice=least)
    yield check(name="colors", value=_color_depth())
    if is_utf8_terminal():
        yield check(name="characters", value="UTF-8")
    else:
        words = f"{(sys.stdout.encoding or '?').lower()}: names in other scripts cannot be displayed"
        yield check(name="characters", state=CheckState.WARNING, value=words, advice="set LANG to a UTF-8 locale")
    if os.environ.get("TMUX") or os.environ.get("STY"):
        yield check(name="session", value="inside tmux or screen; survives a lost connection")
    elif not os.environ.get("SSH_CONNECTION"):
        yield check(name="session", value="local")
    else:
        advice = "a lost connection stops a run after the request in flight; inside tmux, the run continues"
        words = "SSH, not inside tmux or screen"
        yield check(name="session", state=CheckState.WARNING, value=words, advice=advice)


def _color_depth() -> str:
    if os.environ.get("NO_COLOR"):
        return "none (NO_COLOR is set)"
    depth = os.environ.get("COLORTERM", "") or ("256" if "256" in os.environ.get("TERM", "") else "16")
    return for_display(f"{depth} (TERM={os.environ.get('TERM', '')})")
