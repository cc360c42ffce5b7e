"""Hands a design in: judged with the draws of its number, told and recorded the same way whoever the engineer is."""

from agents.protocols import Built, LogEntry, Said, Workbench
from schemas.episode import Submission
from schemas.messages import Artifact, SubmissionMade, VerdictGiven
from schemas.record import Measure
from schemas.verdict import Verdict


def announce_design(number: int, built: Built) -> SubmissionMade:
    """Return what is said of a design before it is judged."""
    return SubmissionMade(submission=number, program_sha256=built.program.sha256, bundle_hash=built.bundle_hash)


def report_verdict(number: int, verdict: Verdict) -> VerdictGiven:
    """Return what an engineer is told of a verdict: reasons and statistics, never draws."""
    numbers = [Measure(name="pass_fraction", value=verdict.pass_fraction or 0.0)]
    if verdict.margin_mm is not None:
        numbers.append(Measure(name="margin", value=verdict.margin_mm, unit="mm"))
    return VerdictGiven(submission=number, passed=verdict.passed, reasons=verdict.reasons, numbers=tuple(numbers))


def record_submission(number: int, built: Built, verdict: Verdict) -> Submission:
    """Return the record of a judged design."""
    return Submission(
        number=number, program=built.program, bundle_hash=built.bundle_hash, verdict=verdict, reasons=verdict.reasons
    )


def tell_submission(number: int, built: Built, verdict: Verdict) -> Said:
    """Return what is said of a judged design: the program as final artifact, submission and verdict."""
    name = f"submission_{number}.py"
    return (
        ("engineer", Artifact(name=name, version=1, sha256=built.program.sha256, final=True)),
        ("engineer", announce_design(number, built)),
        ("judge", report_verdict(number, verdict)),
    )


def submit_design(workbench: Workbench, built: Built, number: int) -> tuple[LogEntry, Verdict]:
    """Judge a design and return what enters the log: the program as final artifact, submission and verdict."""
    verdict = workbench.submit(built, number)
    submission = record_submission(number, built, verdict)
    return LogEntry(
        tell_submission(number, built, verdict), (built.program.source.encode(),), None, submission, built.files
    ), verdict
