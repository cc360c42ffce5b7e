"""What `doctor` says of what is not there: missing where it is needed, unused where it is not, never ok."""

import pytest

from sandbox.limits import LimitStatus
from schemas.settings import SandboxSettings
from service import doctor

UNREACHED = "the container engine cannot be reached"


@pytest.mark.parametrize(("promised", "state"), [(True, "MISSING"), (False, "unused")])
def test_backend_that_cannot_be_reached_is_not_ok(
    promised: bool, state: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    status = LimitStatus(name="container", promised=promised, holds=False, mechanism=UNREACHED, remedy="start it")
    monkeypatch.setattr(doctor, "describe_limits", lambda: [])
    monkeypatch.setattr(doctor, "try_backends", lambda _: [status])
    doctor.print_missing(doctor._sandbox(SandboxSettings()))
    said = capsys.readouterr().out
    assert said.startswith(f"sandbox: container: {state}\n  {UNREACHED}\n")
    assert ("to mend it: start it" in said, "nothing is missing" in said) == (promised, not promised)
