"""What the steps of one process share: settings, the open store, warm sandboxes and the key of the hidden draws."""

import os
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass

from records import Store, open_store
from sandbox import RunFolder
from schemas.jobs import Draws, Job
from schemas.settings import Settings
from schemas.verdict import Purpose
from steps.sandboxes import Answer, Sandboxes


@dataclass(frozen=True)
class RunContext:
    """The open store and sandboxes of a process, with the key that only judge jobs receive.

    `turn` names in whose turn sandboxes are waited for: episodes take turns.
    """

    settings: Settings
    store: Store
    sandboxes: Sandboxes
    key_hex: str
    turn: str = ""

    def call(self, job: Job, files: Mapping[str, bytes]) -> Answer:
        """Run a sandbox job in this context's turn; raises InfrastructureError when the machinery fails."""
        return self.sandboxes.call(job, files, self.turn)

    def dismiss(self) -> None:
        """End the jobs under way and waiting in this context's turn, and let none follow."""
        self.sandboxes.dismiss(self.turn)

    def draws(self, benchmark: str, purpose: Purpose, submission: int = 0) -> Draws:
        """Return the full set of draws of a verdict."""
        judge = self.settings.judge
        return Draws(
            key_hex=self.key_hex,
            benchmark=benchmark,
            purpose=purpose,
            submission=submission,
            trials=judge.trials,
            must_pass=judge.must_pass,
            threads=self._judge_threads,
        )

    def certificate_draws(self, benchmark: str) -> Draws:
        """Return the draws of a certificate: many at the nominal step, some at half of it (mechanics §6)."""
        judge = self.settings.judge
        return Draws(
            key_hex=self.key_hex,
            benchmark=benchmark,
            purpose="certify",
            trials=judge.certify_trials,
            must_pass=judge.certify_must_pass,
            half_step_trials=judge.half_step_trials,
            half_step_must_pass=judge.half_step_must_pass,
            threads=self._judge_threads,
        )

    @property
    def _judge_threads(self) -> int:
        """Return the threads of one judge job, so that all judges together fill the machine."""
        return max(1, (os.cpu_count() or 1) // self.settings.sandbox.judges)


@contextmanager
def open_context(settings: Settings, label: str) -> Iterator[RunContext]:
    """Open the store; sandboxes open at their first job.

    Raises InfrastructureError with what to install where a sandbox can't be had.
    """
    workspace = settings.workspace
    workspace.workspace.mkdir(parents=True, exist_ok=True)
    key = settings.judge.read_key(workspace.workspace)
    folder = RunFolder(workspace.workspace / label)
    with (
        open_store(workspace.database_url, workspace.files_folder) as store,
        closing(Sandboxes(settings.sandbox, label, folder)) as sandboxes,
    ):
        yield RunContext(settings, store, sandboxes, key)
