"""What the stages of the pipeline hand on to each other; files travel by their hash, in the store."""

from schemas.benchmark import Benchmark, BenchmarkDraft, ItemKey, ProgramText
from schemas.episode import EpisodeKey, EpisodeUse
from schemas.messages import Message
from schemas.reasons import Reason
from schemas.record import Record, Sha256
from schemas.verdict import Appraisal, CheckReport, Verdict, VerificationReport


class Proposal(Record):
    """What a generator hands over: a draft, and the review of a generator that has one."""

    draft: BenchmarkDraft
    review: CheckReport | None = None

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
    def key(self) -> ItemKey:
        """Return the key of the item."""
        return self.proposal.key


class FoundDesign(Record):
    """The best design of a search that passed its previews, and how much there is to it."""

    program: ProgramText
    bundle_hash: Sha256
    parts: int


class Candidate(Record):
    """A verified benchmark with the reference engineer's design for it, if it found one, on the way to its certificate.

    Each stage adds what it finds; one that lacks what an earlier stage refused adds nothing.
    """

    benchmark: Benchmark
    episode: EpisodeKey
    messages: tuple[Message, ...]
    use: EpisodeUse
    design: FoundDesign | None = None
    appraisal: Appraisal | None = None
    reasons: tuple[Reason, ...] = ()
    verdict: Verdict | None = None
    certificate: Verdict | None = None

    @property
    def key(self) -> ItemKey:
        """Return the key of the item."""
        return self.benchmark.key
