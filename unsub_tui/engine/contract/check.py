"""The contract check of an account: reads, then judges."""

from __future__ import annotations

from unsub_tui.api.raw_reads import RawReads
from unsub_tui.domain.contract import ContractReport
from unsub_tui.engine.contract.answers import Answers, read_answers
from unsub_tui.engine.contract.probes import judge
from unsub_tui.engine.engine import Engine


async def check_contract(engine: Engine) -> tuple[ContractReport, Answers]:
    """Return the findings about the account, and the answers that they are based on. Needs an opened account."""
    transport = engine.account.client().transport
    answers = await read_answers(RawReads(engine.account.connection.hosts, transport), engine.clock.now())
    answers.server_time_offset, answers.has_stated_rate = transport.server_time_offset, transport.has_stated_rate
    return judge(answers), answers
