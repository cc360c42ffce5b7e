"""Hostile CAD programs, geometry and models in the real builder and judge: each gets its code and harms nobody."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from sandbox.pool import SessionPool
from schemas import jobs
from schemas.sandbox import JobEnding, SessionKind
from tests.sandbox.cad_attacks import CAD_ATTACKS, LIMITS, MJCF, CadAttack
from tests.sandbox.conftest import OpenBackend

GATE = ("segfault in the kernel", "include of a host file")
SOUND = {
    SessionKind.BUILDER: (jobs.BuildProgram(program="x = 1", seed=1, expects="assembly"), {}, '"BUNDLE_INVALID"'),
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


@pytest.mark.parametrize("name", [pytest.param(n, marks=[] if n in GATE else pytest.mark.slow) for n in CAD_ATTACKS])
def test_cad_attack_gets_its_code_and_spares_the_next_job(pools: Pools, name: str) -> None:
    attack: CadAttack = CAD_ATTACKS[name]
    pool = pools[attack.kind]
    outcome = pool.call(attack.job.canonical_json(), attack.files(), LIMITS)
    reply = (outcome.payload or b"").decode()
    if outcome.ending is JobEnding.COMPLETED:
        assert f'"code":"{attack.code}"' in reply, reply[:2000]
    else:
        assert outcome.ending.value == attack.code.value, outcome
    assert attack.words in outcome.detail + reply
    assert Path("/etc/passwd").read_text()[:20] not in json.dumps(reply) + outcome.detail + outcome.stdout
    job, files, answer = SOUND[attack.kind]
    assert answer in (pool.call(job.canonical_json(), files, LIMITS).payload or b"").decode()
