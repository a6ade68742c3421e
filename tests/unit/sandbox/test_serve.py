"""The sandbox as a server: one line, loopback only, a clean end, and two event loops at once."""

from __future__ import annotations

import asyncio
import io
import json
import re
import signal
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from tests.support.sandbox_caller import QUERY, UNSUBSCRIBE, Caller
from tests.unit.sandbox.conftest import MakeCaller
from unsub_tui.sandbox import SandboxOptions, build_sandbox
from unsub_tui.sandbox.models import Condition
from unsub_tui.sandbox.offers import DISK
from unsub_tui.sandbox.server import BackgroundServer, serve

PROGRAM = """
import sys
from unsub_tui.sandbox import SandboxOptions, build_sandbox
from unsub_tui.sandbox.server import serve
serve(build_sandbox(SandboxOptions(resources=20)), "127.0.0.1", 0, sys.stdout)
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["INT", "TERM"])
def test_announces_and_ends(number: signal.Signals) -> None:
    """One line of JSON when it listens, nothing else on either stream, exit 0 on a signal."""
    with subprocess.Popen(
        [sys.executable, "-c", PROGRAM], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        announced = json.loads(process.stdout.readline())
        assert set(announced) == {"endpoint", "access_key", "secret_key", "domain_id", "services"}
        response = httpx.post(announced["endpoint"] + QUERY, content=b"{}", timeout=10)
        assert response.status_code == 401
        process.send_signal(number)
        rest, errors = process.communicate(timeout=10)
    assert (process.returncode, rest, errors) == (0, "", "")


def test_announces_for_a_shell() -> None:
    """With `as_exports`, a shell that reads the lines has everything that the program needs."""
    program = PROGRAM.replace("sys.stdout)", "sys.stdout, as_exports=True)")
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        lines = [process.stdout.readline() for _ in range(11)]
        process.terminate()
    names = [re.fullmatch(r"export ([A-Z_]+)=\S+\n", each) for each in lines]
    assert {each[1] for each in names if each is not None} >= {
        "UNSUB_ENDPOINT", "UNSUB_ENDPOINT_ECS", "UNSUB_ENDPOINT_RMS", "HUAWEICLOUD_SDK_AK", "HUAWEICLOUD_SDK_SK",
    }  # fmt: skip
    assert None not in names


@pytest.mark.parametrize("host", ["0.0.0.0", "192.0.2.1", "::ffff:127.0.0.1"])  # noqa: S104 - just what must not work
def test_loopback_only(host: str) -> None:
    """Its keys are known to everybody, so it does not serve the world."""
    out = io.StringIO()
    with pytest.raises(ValueError, match="loopback"):
        serve(build_sandbox(SandboxOptions(resources=1)), host, 0, out)
    assert out.getvalue() == ""


def test_building_needs_no_server() -> None:
    """The demo runs in the process, without uvicorn."""
    code = (
        "import sys; from unsub_tui.sandbox import *; build_sandbox(SandboxOptions(resources=5));"
        "print('uvicorn' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def test_two_event_loops(make_caller: MakeCaller) -> None:
    """Two loops in two threads share one ledger: every resource goes once, whoever asks first."""
    caller = make_caller(resources=1500)
    disks = [
        one.resource_id
        for one in caller.sandbox.account.resources.list_all()
        if one.offer is DISK and one.parent is None and one.condition is Condition.NORMAL
    ][:40]
    ready = threading.Barrier(2)

    def run() -> list[int]:
        ready.wait()
        return asyncio.run(_unsubscribe_all(caller, disks))

    with ThreadPoolExecutor(2) as pool:
        first, second = (pool.submit(run) for _ in range(2))
    assert [sorted(pair) for pair in zip(first.result(), second.result(), strict=True)] == [[200, 400]] * len(disks)
    assert all(len(caller.sandbox.account.executions(one)) == 1 for one in disks)


async def _unsubscribe_all(caller: Caller, disks: list[str]) -> list[int]:
    statuses = []
    for resource_id in disks:
        await caller.post(QUERY, limit=100)
        wanted = {"resource_ids": [resource_id], "unsubscribe_type": 1}
        statuses.append((await caller.send("POST", UNSUBSCRIBE, body=wanted)).status_code)
    return statuses


LOOPS = """
import asyncio, threading
from tests.support.sandbox_caller import Caller
from unsub_tui.sandbox import SandboxOptions, build_sandbox
from unsub_tui.sandbox.account_fixtures import REGION_PROJECTS
caller = Caller(build_sandbox(SandboxOptions(resources=200, rate_scale=0)))
ready = threading.Barrier(4)
paths = {"ecs": "/v1/{}/cloudservers/detail", "evs": "/v2/{}/cloudvolumes/detail", "cbr": "/v3/{}/backups",
         "rds": "/v3/{}/instances"}
async def read(service):
    for project in REGION_PROJECTS:
        answer = await caller.ask(service, paths[service].format(project), project)
        assert answer.status_code == 200, answer.text
def run(service):
    ready.wait()
    asyncio.run(read(service))
    print(f"{service} ", end="")
for service in paths:
    threading.Thread(target=run, args=(service,)).start()
"""


def test_four_event_loops_need_other_services_at_once() -> None:
    """Their modules are imported by the first call, whichever thread it comes from."""
    done = subprocess.run([sys.executable, "-c", LOOPS], capture_output=True, text=True, check=False, timeout=60)
    assert done.stderr == ""
    assert sorted(done.stdout.split()) == ["cbr", "ecs", "evs", "rds"]


async def test_latency() -> None:
    """Every call takes at least as long as was asked for."""
    caller = Caller(build_sandbox(SandboxOptions(resources=1, latency_ms=30)))
    loop = asyncio.get_running_loop()
    begin = loop.time()
    await caller.post(QUERY)
    assert loop.time() - begin >= 0.029


def test_background_server_ends() -> None:
    """The server's thread is gone after the block, and so is its port."""
    with BackgroundServer(build_sandbox(SandboxOptions(resources=1))) as server:
        assert httpx.get(server.endpoint + "/nowhere").status_code == 404
    with pytest.raises(httpx.ConnectError):
        httpx.get(server.endpoint + "/nowhere")
