"""`plan` and `apply` as scripts use them: files, phrases, guards, drift, signals, and an exit code for each."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import pytest

from tests.cli.command_steps import (
    apply_plan,
    change_policy,
    disks,
    list_rows,
    phrase_of,
    review_phrase,
    write_plan,
)
from tests.support.effort import TIMEOUT_SECONDS, some
from tests.support.program_process import only_run, run_json, run_program, start_program
from unsub_tui.cli.exit_codes import ExitCode
from unsub_tui.sandbox.faults import parse_faults
from unsub_tui.sandbox.models import Condition
from unsub_tui.sandbox.sandbox import Sandbox


def test_plan_then_apply(account: Sandbox) -> None:
    """A private, readable file; the phrase on the last line; the result on stdout, progress on stderr; the record."""
    ids = write_plan(2, "--ticket", "CHG-77")
    path = Path("plan.json")
    document = json.loads(path.read_text())
    assert path.stat().st_mode & 0o777 == 0o600
    assert [item["resource"]["resource_id"] for item in document["plan"]["items"]] == ids
    assert document["plan"]["items"][0]["quote"]["amounts"]["refund"]
    shown = run_program("apply", "plan.json")
    assert "ticket CHG-77" in shown.stdout
    assert all(each in shown.stdout for each in ids)
    starts = ("    name ", "[x]")
    assert max(len(line) for line in shown.stdout.splitlines() if not line.startswith(starts)) <= 80
    assert not account.account.request_log

    done = run_program(
        "apply", "plan.json", "--confirm", f" {phrase_of(shown)} ", "--reason", "2", "--reason-text", "old"
    )

    assert done.returncode == ExitCode.OK, done.stderr
    assert "+ completed · " in done.stdout
    assert "submitting" in done.stderr
    assert [len(account.account.executions(each)) for each in ids] == [1, 1]
    run = only_run()
    assert (run["ticket"], run["plan_file"]) == ("CHG-77", document["hash"])
    assert run["planner"]["operator"] == run["person"]["operator"] == run["operator"]
    assert run["person"]["account_id"] == account.domain_id
    assert (run["reason"], run["reason_text"]) == (2, "old")
    backups = [each["newest_backup"]["value"] for each in document["facts"].values()]
    asked = {one["resource_id"] for item in run["items"] for one in item["stays_behind"]}
    assert {each["id"] for each in backups if each} <= asked
    table = run_program("runs", run["run_id"]).stdout
    assert "planned by" in table
    assert "ticket CHG-77" in table
    assert "functions do not meet the need: old" in table
    ticket = run_program("runs", run["run_id"], "--format", "md").stdout
    assert ticket.startswith(f"## Run {run['run_id']}\n\n- account ")
    assert "\n## Items\n\n- \\+ completed · " in ticket
    assert run_program("runs", "--format", "md").stdout.startswith("| run | action |")


def test_the_first_unsubscription_of_an_account_gets_advice(account: Sandbox) -> None:
    """On stderr, with and without the phrase, until one has completed; changes that can be undone get none."""
    advice = "first unsubscription by this program on this account; start with one cheap resource (docs/first-day.md)"
    ids = disks(2)
    run_program("plan", ids[0], "--kind", "pay-per-use", "-o", "change.json")
    change = run_program("apply", "change.json")
    assert advice not in change.stderr
    assert run_program("apply", "change.json", "--confirm", phrase_of(change)).returncode == ExitCode.OK
    for number, said in ((0, True), (1, False)):
        run_program("plan", ids[number], "-o", "plan.json", "--force")
        shown = run_program("apply", "plan.json")
        assert [advice in shown.stderr, advice in run_program("apply", "plan.json", "--format", "json").stderr] == [
            said
        ] * 2
        done = run_program("apply", "plan.json", "--confirm", phrase_of(shown))
        assert (done.returncode, advice in done.stderr) == (ExitCode.OK, said)
    assert [len(account.account.executions(each)) for each in ids] == [1, 1]


def test_the_dry_run_is_data_too(account: Sandbox) -> None:
    """Items with their figures, what is refused and why, and the phrase; null where nothing can be sent: 7."""
    ids = write_plan(3)
    change_policy(account, ids[0])
    shown = run_json("apply", "plan.json")
    assert [item["resource_id"] for item in shown["items"]] == ids[1:]
    assert all(Decimal(item["refund"]) >= 0 for item in shown["items"])
    assert [(each["resource_id"], each["blocked_reason"]) for each in shown["refused"]] == [(ids[0], "drifted")]
    assert "no longer as planned" in shown["refused"][0]["blocked_text"]
    assert (shown["confirm"], shown["problems"]) == (review_phrase(), [])
    refused = run_program("--read-only", "apply", "plan.json", "--format", "json")
    assert (refused.returncode, json.loads(refused.stdout)["confirm"]) == (ExitCode.GUARD, None)


def test_drift_is_refused_per_item(account: Sandbox) -> None:
    """What changed since stays, and is told; the rest goes with the phrase of what is left, not with the old one: 5."""
    ids = write_plan(3)
    phrase = review_phrase()
    change_policy(account, ids[0])
    again = run_program("apply", "plan.json")
    assert "expiry changed" in again.stdout or "action at expiry changed" in again.stdout
    assert " 2 " in phrase_of(again)
    assert run_program("apply", "plan.json", "--confirm", phrase).returncode == ExitCode.GUARD
    assert not account.account.request_log

    done = run_program("apply", "plan.json", "--confirm", phrase_of(again))

    assert done.returncode == ExitCode.SOME_FAILED, done.stderr
    assert f"({ids[0]}): no longer as planned" in done.stderr
    assert [len(account.account.executions(each)) for each in ids] == [0, 1, 1]


def test_a_request_that_was_rejected_as_a_part_of_a_bundle_is_told(account: Sandbox) -> None:
    """The next plan and its preview name code, date and the other members, from the record and the order."""
    parts = [each for each in account.account.resources.list_all() if each.condition is Condition.SOLUTION]
    first, *others = (each for each in parts if each.parent is None)
    other = next(each for each in others if each.purchase_number == first.purchase_number)
    run_program("plan", first.resource_id, "-o", "plan.json")
    shown = run_program("apply", "plan.json")
    assert "rejected before" not in shown.stdout + shown.stderr
    failed = run_program("apply", "plan.json", "--confirm", phrase_of(shown))
    assert failed.returncode == ExitCode.SOME_FAILED, failed.stderr
    words = rf"rejected before \(CBC\.99003185, [0-9-]+\): only as a whole, with {re.escape(other.name)}"
    planned = run_program("plan", first.resource_id, "-o", "again.json")
    assert re.search(words, " ".join(planned.stderr.split())), planned.stderr
    assert re.search(words, " ".join(run_program("apply", "again.json").stdout.split()))


@pytest.mark.long
def test_drift_that_leaves_nothing(account: Sandbox) -> None:
    """Exit 5, with and without the phrase; no phrase is offered."""
    (one,) = write_plan(1)
    phrase = review_phrase()
    change_policy(account, one)
    shown, confirmed = run_program("apply", "plan.json"), run_program("apply", "plan.json", "--confirm", phrase)
    assert (shown.returncode, confirmed.returncode) == (ExitCode.SOME_FAILED, ExitCode.SOME_FAILED)
    assert "confirm:" not in shown.stdout
    assert "No item of the plan is left" in confirmed.stderr
    assert not account.account.request_log


def test_a_phrase_confirms_only_the_plan_that_was_shown(account: Sandbox) -> None:
    """Another plan of as many resources under the same name: exit 7, nothing is sent; so it is with its digest."""
    first, second, third = disks(3)
    run_program("plan", first, second, "-o", "plan.json")
    phrase = review_phrase()
    digest = run_json("apply", "plan.json")["digest"]
    assert phrase.endswith(f" {digest[:8]}")
    run_program("plan", first, third, "-o", "plan.json", "--force")
    assert run_program("apply", "plan.json", "--confirm", phrase).returncode == ExitCode.GUARD
    theirs = review_phrase()
    refused = run_program("apply", "plan.json", "--confirm", theirs, "--expect-digest", digest)
    assert (refused.returncode, "not that of --expect-digest" in refused.stderr) == (ExitCode.GUARD, True)
    assert run_program("apply", "plan.json", "--expect-digest", digest[:8]).returncode == ExitCode.USAGE
    assert not account.account.request_log
    own = run_json("apply", "plan.json")["digest"]
    assert run_program("apply", "plan.json", "--confirm", theirs, "--expect-digest", own).returncode == ExitCode.OK


def test_a_wrong_phrase_sends_nothing(account: Sandbox) -> None:
    """Upper case, a digit less or more, nothing at all, what another plan wants: exit 7."""
    write_plan(2)
    phrase = review_phrase()
    for wrong in (phrase.upper(), phrase[:-1], phrase + "0", "", phrase.replace(" 2 ", " 3 ")):
        result = run_program("apply", "plan.json", "--confirm", wrong)
        assert (result.returncode, "does not confirm this plan" in result.stderr) == (ExitCode.GUARD, True), wrong
    assert not account.account.request_log


SIGNALS = some([signal.SIGQUIT, signal.SIGTERM, signal.SIGHUP, signal.SIGINT], 2)

GUARDS = {
    "max_items = 1": "max_items = 1",
    'max_amount = "0.01"': "max_amount = 0.01",
    'max_share = "0.1"': "max_share = 0.1",
    "read_only = true": "read-only mode is on",
    'blocked_accounts = ["sandbox-estate"]': "blocked_accounts = sandbox-estate",
    'protected = ["service:evs"]': "protected = service:evs",
}
"""Settings, and what is said of them."""


def test_a_record_that_cannot_be_written_is_told_before_anything_is_confirmed(account: Sandbox, tmp_path: Path) -> None:
    """The review says it, and gives no phrase."""
    (tmp_path / "state").mkdir()
    (tmp_path / "state").chmod(0o755)  # whatever the umask is
    write_plan(1)
    shown = run_program("apply", "plan.json", env={"UNSUB_STATE_DIR": str(tmp_path / "state")})
    assert (shown.returncode, "chmod 700" in shown.stderr) == (ExitCode.INTERNAL, True)
    assert "confirm:" not in shown.stdout
    assert not account.account.request_log


def test_guards_of_whoever_applies(account: Sandbox, config: Path) -> None:
    """The plan was written without them: it is refused with the guard, its value and its file, and exit 7."""
    write_plan(2)
    phrase = review_phrase()
    for text, words in GUARDS.items():
        config.write_text(text)
        for more in ((), ("--confirm", phrase)):
            result = run_program("apply", "plan.json", *more)
            said = "".join((result.stdout + result.stderr).split())
            assert result.returncode == ExitCode.GUARD, text
            assert words.replace(" ", "") in said
            assert str(config) in said
            assert "confirm:" not in result.stdout
    assert not account.account.request_log


@pytest.mark.usefixtures("account")
def test_a_plan_is_applied_from_stdin() -> None:
    """Review and run are those of the file; what is no plan is named by its origin."""
    write_plan(1)
    text = Path("plan.json").read_text(encoding="utf-8")
    review = run_program("apply", "-", stdin=text)
    assert phrase_of(review) == review_phrase()
    assert run_program("apply", "-", "--confirm", phrase_of(review), stdin=text).returncode == ExitCode.OK
    wrong = run_program("apply", "-", stdin="{}")
    assert (wrong.returncode, "stdin: " in wrong.stderr) == (ExitCode.USAGE, True)


@pytest.mark.usefixtures("account", "config")
def test_a_plan_may_be_written_where_nothing_may_be_sent(config: Path) -> None:
    """Read-only keeps nobody from planning; that apply would refuse it here is told."""
    config.write_text("read_only = true")
    result = run_program("plan", *disks(1), "-o", "-")
    assert result.returncode == ExitCode.OK
    assert json.loads(result.stdout)["plan"]["items"]
    assert "read-only mode is on" in result.stderr


@pytest.mark.usefixtures("account")
def test_what_plan_refuses() -> None:
    """Nothing named: 2. Nothing eligible, nothing found: 10. Some refused: 5, each with its reason."""
    attached = next(row["resource_id"] for row in list_rows() if not row["is_main_resource"])
    cases = {
        (): (ExitCode.USAGE, "give their ids"),
        ("nothing",): (ExitCode.NOTHING_TO_DO, "Not in the account: nothing"),
        ("type:evs name:web",): (ExitCode.NOTHING_TO_DO, "To select resources with a filter, use: --filter"),
        (attached,): (ExitCode.NOTHING_TO_DO, f"{attached}): attached to"),
        ("--filter", "name:zzzz"): (ExitCode.NOTHING_TO_DO, "Nothing to plan"),
        ("--filter", "nmae:x"): (ExitCode.USAGE, "did you mean"),
        (*disks(1), attached): (ExitCode.SOME_FAILED, f"{attached}): attached to"),
        (*disks(1), "--ticket", "x" * 201): (ExitCode.USAGE, "200 characters"),
    }
    for arguments, (code, words) in cases.items():
        result = run_program("plan", *arguments, "-o", "out.json", "--force")
        assert (result.returncode, words in result.stderr) == (code, True), (
            arguments,
            result.stderr,
        )
        assert Path("out.json").exists() == (code is ExitCode.SOME_FAILED)
        Path("out.json").unlink(missing_ok=True)
    assert run_program("plan", *disks(1)).returncode == ExitCode.USAGE  # no -o


@pytest.mark.usefixtures("account")
def test_one_that_goes_alone_can_be_planned_alone() -> None:
    """A service that is not on the batch list: one is a plan, two are none."""
    alone = [row["resource_id"] for row in list_rows() if row["blocked_reason"] == "not_batch_eligible"][:2]
    one, both = (run_program("plan", *ids, "-o", "-") for ids in (alone[:1], alone))
    assert one.returncode == ExitCode.OK
    assert [item["resource"]["resource_id"] for item in json.loads(one.stdout)["plan"]["items"]] == alone[:1]
    assert (both.returncode, both.stdout) == (ExitCode.NOTHING_TO_DO, "")
    assert "--one-by-one (queue mode) plans resources of any service together." in both.stderr


def test_queue_mode_plans_and_applies_any_services(account: Sandbox) -> None:
    """Services outside the batch list beside a disk: an item and a request each; file, review and record say it."""
    rows = [row for row in list_rows() if row["blocked_reason"] == "not_batch_eligible"]
    alone = [row["resource_id"] for row in rows if "marketplace" not in row["service_type_code"]][:2]
    ids = [*alone, *disks(1)]
    planned = run_program("plan", *ids, "--one-by-one", "-o", "plan.json")
    assert planned.returncode == ExitCode.OK, planned.stderr
    assert "\nQUEUE MODE · refund " in planned.stderr
    shown = run_program("apply", "plan.json")
    assert "\nQUEUE MODE · refund " in shown.stdout
    preview = run_json("apply", "plan.json")
    assert (preview["one_by_one"], [each["resource_id"] for each in preview["items"]]) == (True, ids)

    done = apply_plan()

    assert done.returncode == ExitCode.OK, done.stderr
    assert [len(account.account.executions(each)) for each in ids] == [1, 1, 1]
    run = only_run()
    assert run["one_by_one"]
    assert "planned in queue mode" in run_program("runs", run["run_id"]).stdout


@pytest.mark.usefixtures("account")
def test_queue_mode_by_filter_and_its_limits() -> None:
    """`is:eligible` then means queue mode, too; guards stay; changes that can be undone need no queue mode."""
    filtered = ["plan", "--filter", "is:eligible -type:ecs -type:evs", "-o", "-"]
    batch, queue = (json.loads(run_program(*filtered, *more).stdout)["plan"] for more in ([], ["--one-by-one"]))
    assert len(queue["items"]) > len(batch["items"])
    assert (batch.get("one_by_one"), queue["one_by_one"]) == (None, True)
    guarded = run_program("plan", "--filter", "is:eligible", "--one-by-one", "-o", "-", env={"UNSUB_READ_ONLY": "1"})
    assert "`apply` would refuse this plan here: " in guarded.stderr
    for kind in ("renewal", "autorenew-off"):
        refused = run_program(*filtered, "--one-by-one", "--kind", kind)
        assert (refused.returncode, "--one-by-one cannot be combined" in refused.stderr) == (ExitCode.USAGE, True)


@pytest.mark.usefixtures("account")
def test_a_file_is_not_written_over_and_no_link_is_followed(tmp_path: Path) -> None:
    """Only --force replaces a file; a link is never written through; nothing half-written is left."""
    write_plan(1)
    before = Path("plan.json").read_bytes()
    refused = run_program("plan", *disks(2), "-o", "plan.json")
    assert (refused.returncode, Path("plan.json").read_bytes()) == (ExitCode.USAGE, before)
    assert run_program("plan", *disks(2), "-o", "plan.json", "--force").returncode == ExitCode.OK
    assert Path("plan.json").read_bytes() != before
    Path("link.json").symlink_to(tmp_path / "elsewhere")
    assert run_program("plan", *disks(1), "-o", "link.json", "--force").returncode == ExitCode.USAGE
    assert run_program("plan", *disks(1), "-o", "no/such/place.json").returncode == ExitCode.USAGE
    assert not (tmp_path / "elsewhere").exists()
    assert {each.name for each in tmp_path.iterdir()} == {"plan.json", "link.json", "home"}


def test_a_damaged_file_is_exit_2(account: Sandbox) -> None:
    """A sentence that names the file, before anything is asked of the account; no traceback."""
    write_plan(1)
    path = Path("plan.json")
    data = path.read_bytes()
    account.faults = parse_faults([{"operation": "query_resources", "action": "garbage"}])
    spoilt = (data.replace(b'"refund"', b'"refuse"', 1), data[: len(data) // 2], b'{"resources": []}', b" " * 8_000_001)
    for each in (*spoilt, None):
        path.unlink()
        path.write_bytes(each) if each is not None else path.mkdir()
        for command in (["apply", "plan.json"], ["--plan", "plan.json"]):
            result = run_program(*command)
            assert result.returncode == ExitCode.USAGE
            assert "plan.json: " in result.stderr
            assert "Traceback" not in result.stderr
            assert result.stdout == ""
    assert run_program("apply", "no-such.json").returncode == ExitCode.USAGE


def test_an_outcome_that_stays_unknown_is_exit_6(account: Sandbox) -> None:
    """It says what to run; the rest is not sent, and the next dry run says that something is open."""
    ids = write_plan(2)
    phrase = review_phrase()
    account.faults = parse_faults([{"operation": "unsubscribe", "calls": [1], "action": "drop_before"}])
    result = run_program("apply", "plan.json", "--confirm", phrase, "--timeout", "0")
    assert result.returncode == ExitCode.UNKNOWN
    assert "Check their status with: unsub-tui resume" in result.stderr
    assert "An outcome is unknown, so nothing more was submitted." in result.stderr
    assert "try again" not in result.stdout + result.stderr
    assert not [each for each in ids if account.account.executions(each)]
    assert [item["outcome"] for item in only_run()["items"]] == ["unknown", "planned"]
    assert "1 item of an earlier run is pending" in run_program("apply", "plan.json").stderr


@pytest.mark.long
def test_a_purchase_order_in_the_answer_is_not_believed(account: Sandbox) -> None:
    """Every request is answered with the order that bought the disk: the true orders and their money are recorded."""
    ids = write_plan(2)
    phrase = review_phrase()
    account.faults = parse_faults([{"operation": "unsubscribe", "action": "answer_with_purchase_order"}])

    result = run_program("apply", "plan.json", "--confirm", phrase, "--format", "json")

    assert result.returncode == ExitCode.OK, result.stderr
    items = {item["resource_id"]: item for item in json.loads(result.stdout)["items"]}
    for each in ids:
        (attempt,) = account.account.executions(each)
        order = account.account.orders.find(attempt.order_ids[0])
        assert order is not None
        assert (items[each]["outcome"], items[each]["order_id"]) == ("settled", order.order_id)
        assert Decimal(items[each]["exact"]["refund"]) == sum(charge.refund for charge in order.refund_lines)


@pytest.mark.parametrize("account", [3600.0], indirect=True)
@pytest.mark.usefixtures("account")
def test_an_order_that_is_not_done_in_time_is_exit_6() -> None:
    """After --timeout it is accepted and not settled: that is said, as JSON with all fields that `runs RUN` has."""
    write_plan(1)
    phrase = review_phrase()
    result = run_program("apply", "plan.json", "--confirm", phrase, "--timeout", "0", "--format", "json")
    assert result.returncode == ExitCode.UNKNOWN
    assert json.loads(result.stdout).items() > (only_run() | {"as_of": json.loads(result.stdout)["as_of"]}).items()
    assert json.loads(result.stdout)["items"][0]["outcome"] == "accepted"
    assert "Check their status with: unsub-tui resume" in result.stderr
    resumed = run_program("resume", "--timeout", "0")
    assert (resumed.returncode, only_run()["items"][0]["outcome"]) == (ExitCode.UNKNOWN, "accepted")


@pytest.mark.parametrize("account", [3600.0], indirect=True)
@pytest.mark.parametrize("number", SIGNALS, ids=str)
def test_a_signal_stops_resume(account: Sandbox, number: signal.Signals) -> None:
    """It only reads: it ends at once, says that the item stays open, and the code is that of what is not known."""
    write_plan(1)
    apply_plan("--timeout", "0")
    with start_program("resume") as process:
        assert process.stderr is not None
        assert "Checking the status of 1 item" in process.stderr.readline()
        process.send_signal(number)
        _, said = process.communicate(timeout=TIMEOUT_SECONDS)
    assert process.returncode == ExitCode.UNKNOWN, said
    assert "stay pending in the record" in said
    assert only_run()["items"][0]["outcome"] == "accepted"
    assert len(account.account.request_log) == 1


@pytest.mark.long
@pytest.mark.parametrize("account", [3600.0], indirect=True)
def test_resume_tells_of_reads_that_fail(account: Sandbox) -> None:
    """They are tried again; what is waited for is then no order, but a service that answers."""
    write_plan(1)
    apply_plan("--timeout", "0")
    failing = {"operation": "show_order", "action": "error", "status": 500, "error_code": "CBC.0999"}
    account.faults = parse_faults([failing])
    with start_program("resume", stdout=subprocess.DEVNULL) as process:
        assert process.stderr is not None
        assert any(
            "the status of pending items cannot be read: " in line and "CBC.0999" in line for line in process.stderr
        )
        process.stderr.close()  # a signal ends it also where nobody reads what it says to that
        process.terminate()
        assert process.wait(TIMEOUT_SECONDS) == ExitCode.UNKNOWN


def test_a_run_stops_where_nobody_reads_what_it_says(account: Sandbox) -> None:
    """The reader of both outputs goes while a request is under way: that is finished and recorded, the code says it."""
    ids = write_plan(3)
    phrase = review_phrase()
    account.faults = parse_faults([{"operation": "unsubscribe", "calls": [2], "action": "stall_after", "seconds": 5}])
    with start_program("apply", "plan.json", "--confirm", phrase, stderr=subprocess.STDOUT) as process:
        assert process.stdout is not None
        assert any(line.startswith("> submitting") for line in process.stdout)
        process.stdout.close()
        code = process.wait(TIMEOUT_SECONDS)
    executed = [len(account.account.executions(each)) for each in ids]
    outcomes = [item["outcome"] for item in only_run()["items"]]
    assert (executed[0], executed[2]) == (1, 0)  # the second may be on its way by then
    assert [each == "planned" for each in outcomes] == [not each for each in executed]
    assert code == (ExitCode.UNKNOWN if "accepted" in outcomes else ExitCode.SOME_FAILED)


@pytest.mark.parametrize("option", ["--quiet", "--events=jsonl"])
def test_a_run_stops_without_a_reader_also_if_it_says_little(account: Sandbox, option: str) -> None:
    """The reader goes before the run begins: at most what is under way by then is submitted."""
    ids = write_plan(3)
    phrase = review_phrase()
    with start_program("apply", "plan.json", "--confirm", phrase, option) as process:
        assert process.stderr is not None
        process.stderr.close()
        assert process.wait(TIMEOUT_SECONDS) != ExitCode.OK
    assert [len(account.account.executions(each)) for each in ids[1:]] == [0, 0]


def test_a_run_whose_outputs_are_closed_is_carried_out(account: Sandbox) -> None:
    """Whoever closes them beforehand wants it so; no file of the record gets their numbers."""
    ids = write_plan(2)
    phrase = review_phrase()
    words = f"exec {sys.executable} -m unsub_tui apply plan.json --confirm '{phrase}' <&- >&- 2>&-"
    assert subprocess.run(["/bin/sh", "-c", words], check=False, timeout=TIMEOUT_SECONDS).returncode == ExitCode.OK
    assert [len(account.account.executions(each)) for each in ids] == [1, 1]


@pytest.mark.parametrize("number", SIGNALS, ids=str)
def test_a_signal_stops_after_the_request_in_flight(account: Sandbox, number: signal.Signals) -> None:
    """The record is complete, nothing more is submitted; the code is the signal's, unless an outcome is not known."""
    ids = write_plan(3)
    phrase = review_phrase()
    account.faults = parse_faults(
        [
            {
                "operation": "unsubscribe",
                "calls": [1],
                "action": "error",
                "status": 429,
                "error_code": "APIG.0308",
                "headers": {"Retry-After": "50"},
            }
        ]
    )
    with start_program("apply", "plan.json", "--confirm", phrase) as process:
        assert process.stderr is not None
        for line in process.stderr:
            if "limits the request rate" in line:
                process.send_signal(number)
                break
        _, said = process.communicate(timeout=TIMEOUT_SECONDS)
    assert process.returncode == 128 + number, said
    assert "Nothing more is submitted" in said
    run = only_run()
    assert run["ended"]
    assert [item["outcome"] for item in run["items"]] == ["planned"] * 3
    assert not [each for each in ids if account.account.executions(each)]


@pytest.mark.usefixtures("account")
def test_a_signal_before_the_run_ends_it_at_once(account: Sandbox) -> None:
    """Nothing was begun, nothing is recorded."""
    write_plan(1)
    phrase = review_phrase()
    account.faults = parse_faults([{"operation": "query_resources", "action": "stall", "seconds": 20}])
    with start_program("apply", "plan.json", "--confirm", phrase) as process:
        assert process.stderr is not None
        assert "Loading the account" in process.stderr.readline()
        process.terminate()
        _, said = process.communicate(timeout=TIMEOUT_SECONDS)
    assert process.returncode == ExitCode.TERMINATED
    assert "Nothing was submitted" in said
    assert run_json("runs")["runs"] == []


@pytest.mark.usefixtures("account")
def test_hostile_text_of_a_file_moves_no_terminal() -> None:
    """Names, ticket and planner of a file are shown cleaned."""
    write_plan(1, "--ticket", "\x1b]0;pwned\x07\u202e")
    result = run_program("apply", "plan.json")
    assert re.fullmatch(r"[^\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]*", result.stdout + result.stderr)


def test_a_data_disk_is_planned_and_unsubscribed_alone(account: Sandbox) -> None:
    """The warning is on stderr, in the preview and in its data; with its server it is a part of that: one item."""
    server = next(each for each in account.account.resources.list_all() if len(each.attached) > 1 and each.status == 2)
    system, *_, disk = server.attached
    planned = run_program("plan", disk.resource_id, "-o", "plan.json")
    assert planned.returncode == ExitCode.OK, planned.stderr
    assert f"a data disk of server {server.name} ({server.resource_id}), which stays" in planned.stderr
    (item,) = run_json("apply", "plan.json")["items"]
    assert item["attached_resource_ids"] == []
    assert "unmount it there first" in item["warnings"][0]
    both = run_program("plan", disk.resource_id, server.resource_id, "-o", "both.json")
    assert both.returncode == ExitCode.OK, both.stderr
    assert [each["resource_id"] for each in run_json("apply", "both.json")["items"]] == [server.resource_id]
    refused = run_program("plan", system.resource_id, "-o", "none.json")
    assert (refused.returncode, "it may be the system disk" in refused.stderr) == (ExitCode.NOTHING_TO_DO, True)
    quoted = run_json("quote", disk.resource_id)["quotes"]
    assert [each["resource_id"] for each in quoted] == [disk.resource_id]

    done = run_program("apply", "plan.json", "--confirm", review_phrase())

    assert done.returncode == ExitCode.OK, done.stderr
    assert [each.resource_ids for each in account.account.request_log] == [(disk.resource_id,)]
    assert server.status == 2
