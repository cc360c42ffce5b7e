"""Hostile CAD programs, geometry and models in the real builder and judge: each gets its code and harms nobody."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from sandbox.pool import SessionPool
from sandbox.protocol import JobOutcome
from schemas import jobs
from schemas.errors import InputError
from schemas.reasons import Reason, ReasonCode
from schemas.sandbox import SessionKind
from steps.building import hash_bundle
from steps.sandboxes import read_answer
from tests.sandbox.cad_attacks import CAD_ATTACKS, LIMITS, MJCF, CadAttack
from tests.sandbox.conftest import OpenBackend

GATE = (
    *("segfault in the kernel", "include of a host file", "geometry that ends the kernel", "reply of another kind"),
    *("forged reply", "bundle of a million keys", "bundle without its geometry", "bundle that contradicts itself"),
)
SOUND = {
    SessionKind.BUILDER: (jobs.BuildProgram(program="x = 1", seed=1, expects="assembly"), {}, '{"job":"build"}'),
    SessionKind.JUDGE: (jobs.VerifyMjcf(), {"model.xml": MJCF.format("").encode()}, '"reasons":[]'),
}
Pools = dict[SessionKind, SessionPool]


@pytest.fixture(scope="module")
def pools(open_backend: OpenBackend) -> Iterator[Pools]:
    """A real builder and a real judge."""
    backend = open_backend()
    with (
        SessionPool(backend, SessionKind.BUILDER, 1, "attacks") as builder,
        SessionPool(backend, SessionKind.JUDGE, 1, "attacks") as judge,
    ):
        yield {SessionKind.BUILDER: builder, SessionKind.JUDGE: judge}


def describe_answer(job: jobs.Job, outcome: JobOutcome) -> str:
    """Return the JSON of what the host makes of an outcome: the reply, or the reasons why there is no bundle."""
    answer = read_answer(job, outcome)
    if answer.reply is None or not isinstance(job, jobs.BuildProgram):
        return "".join(told.model_dump_json() for told in (answer.reply, *answer.reasons) if told is not None)
    with pytest.raises(InputError) as refused:
        hash_bundle(job, outcome.files)
    return Reason(code=ReasonCode.BUNDLE_INVALID, message=str(refused.value)).model_dump_json()


@pytest.mark.parametrize("name", [pytest.param(n, marks=[] if n in GATE else pytest.mark.slow) for n in CAD_ATTACKS])
def test_cad_attack_gets_its_code_and_spares_the_next_job(pools: Pools, name: str) -> None:
    attack: CadAttack = CAD_ATTACKS[name]
    pool = pools[attack.kind]
    outcome = pool.call(attack.job.canonical_json(), attack.files(), LIMITS)
    reply = describe_answer(attack.job, outcome)
    assert f'"code":"{attack.code}"' in reply, reply[:2000]
    assert attack.words in reply
    assert Path("/etc/passwd").read_text()[:20] not in json.dumps(reply) + outcome.stdout
    job, files, answer = SOUND[attack.kind]
    assert answer in (pool.call(job.canonical_json(), files, LIMITS).payload or b"").decode()
