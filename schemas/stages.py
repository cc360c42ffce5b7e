"""What the stages of the pipeline hand on to each other; files travel by their hash, in the store."""

from schemas.benchmark import Benchmark, BenchmarkDraft, ItemKey, ProgramText
from schemas.episode import EpisodeKey, EpisodeUse, Preview
from schemas.messages import Message
from schemas.reasons import Reason
from schemas.record import Id, Record, Sha256
from schemas.verdict import Appraisal, CheckReport, Verdict, VerificationReport


class Proposal(Record):
    """What a generator hands over: a draft, and the review of a generator that has one."""

    draft: BenchmarkDraft
    review: CheckReport | None = None

    @property
    def summary(self) -> str:
        """Return what a log says of it."""
        return f"{self.draft.kind} scene for {self.draft.split}, slack {self.draft.slack:g}"

    @property
    def key(self) -> ItemKey:
        """Return the key of the item."""
        return self.draft.key


class Scene(Record):
    """A proposal with the bundle that its program built, if it did, and what verification has found so far."""

    proposal: Proposal
    bundle_hash: Sha256 | None
    report: VerificationReport

    @property
    def summary(self) -> str:
        """Return what a log says of it."""
        return self.report.summary

    @property
    def key(self) -> ItemKey:
        """Return the key of the item."""
        return self.proposal.key


class FoundDesign(Record):
    """The best design of a search that passed its previews, how much there is to it, and how long the search was.

    `searched` counts the simulated runs until a first design passed.
    """

    program: ProgramText
    bundle_hash: Sha256
    parts: int
    searched: int


class Candidate(Record):
    """A verified benchmark with the reference engineer's design for it, if it found one, on the way to its certificate.

    Each stage adds what it finds; one that lacks what an earlier stage refused adds nothing.
    """

    benchmark: Benchmark
    episode: EpisodeKey
    messages: tuple[Message, ...]
    use: EpisodeUse
    previews: tuple[Preview, ...] = ()
    design: FoundDesign | None = None
    appraisal: Appraisal | None = None
    reasons: tuple[Reason, ...] = ()
    verdict: Verdict | None = None
    certificate: Verdict | None = None
    lazy_passed: tuple[Id, ...] = ()

    @property
    def summary(self) -> str:
        """Return what a log says of it: what the last stage that added anything has found."""
        if last := self.certificate or self.verdict:
            passed = sum(trial.passed for trial in last.trials)
            return f"{passed} of {len(last.trials)} trials passed" + "".join(
                f"; {reason.code}" for reason in last.reasons
            )
        if self.appraisal is not None and self.appraisal.price is not None:
            return f"{self.appraisal.price.unit_cost_usd:.2f} USD a piece, {self.appraisal.mass_g:.1f} g"
        found = (
            "no design"
            if self.design is None
            else f"a design of {self.design.parts} part{'s' * (self.design.parts != 1)}"
        )
        return f"{found} after {self.use.previews} previews" + "".join(f"; {one.code}" for one in self.reasons)

    @property
    def key(self) -> ItemKey:
        """Return the key of the item."""
        return self.benchmark.key
