"""Signing in: a token for a user's password, and the code of a second factor. It blocks; no call is repeated.

Source: the vendor's identity API, `POST /v3/auth/tokens`. A wrong password is not tried again: users get locked.
"""

from __future__ import annotations

import asyncio

from unsub_tui.api import wire
from unsub_tui.api.credentials import Token, User, credentials_problem
from unsub_tui.api.endpoint import Hosts
from unsub_tui.api.errors import ApiError, bad_answer, network_problem, service_problem
from unsub_tui.api.exchange import Line, NoAnswerError, NotSentError, Question, Reply
from unsub_tui.api.pacing import DEFAULT_PACING, Pacing
from unsub_tui.api.strict import StrictJsonError, loads
from unsub_tui.api.target import Target
from unsub_tui.api.times import moment
from unsub_tui.domain.foreign import clean
from unsub_tui.domain.secret import Secret

OPERATION = "sign_in"
PATH = "/v3/auth/tokens"


def sign_in(
    hosts: Hosts, user: User, password: Secret, passcode: str = "", *, pacing: Pacing = DEFAULT_PACING
) -> Token:
    """Return a token for the whole account; raises UnsubError with what to do."""
    if passcode and not user.user_id:
        raise credentials_problem("the code of a second factor needs user_id in the profile; the console shows it")
    question = Question.post(OPERATION, hosts.iam + PATH, _body(user, password, passcode))
    reply = asyncio.run(_ask(Target(hosts=hosts), question, pacing))
    if reply.status == 401:
        raise credentials_problem(
            f"{clean(user.user_name)} of {clean(user.account_name)} could not sign in: name, password or code "
            "are wrong, or it is a HUAWEI ID, which cannot sign in this way: an IAM user with programmatic access can"
        )
    return _token(reply, user)


def _token(reply: Reply, user: User) -> Token:
    try:
        document = loads(reply.body)
    except StrictJsonError as error:
        raise bad_answer(OPERATION, str(error)) from error
    if reply.status != 201:
        raise ApiError(service_problem(OPERATION, reply.status, document, reply.request_id, reply.clock_offset))
    answer = wire.parse(OPERATION, wire.WireTokenAnswer, document)
    if not reply.token:
        raise bad_answer(OPERATION, "the answer has no X-Subject-Token")
    return Token(
        value=reply.token,
        user_name=clean(user.user_name),
        domain_id=answer.token.domain.id if answer.token.domain else "",
        source="sign-in",
        expires=moment(answer.token.expires_at),
    )


def _body(user: User, password: Secret, passcode: str) -> dict[str, object]:
    account = {"name": user.account_name}
    named: dict[str, object] = {"name": user.user_name, "password": password.reveal(), "domain": account}
    identity: dict[str, object] = {"methods": ["password"], "password": {"user": named}}
    if passcode:
        identity["methods"] = ["password", "totp"]
        identity["totp"] = {"user": {"id": user.user_id, "passcode": passcode}}
    return {"auth": {"identity": identity, "scope": {"domain": account}}}


async def _ask(target: Target, question: Question, pacing: Pacing) -> Reply:
    try:
        async with Line(target, pacing, signer=None, connections=0, encoding="identity") as line:
            return await line.exchange(question, pacing.call_seconds)
    except (NotSentError, NoAnswerError) as error:
        raise ApiError(network_problem(question.operation, str(error))) from error
