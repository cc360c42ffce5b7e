"""Settings: a wrong value of any of them is one line with its variable, without the value, before anything begins."""

import re
from pathlib import Path

import pytest
from pydantic_core import PydanticUndefined

from schemas.errors import InputError
from schemas.settings import FORMS, GROUPS, list_variables, read_settings
from tests.service.running import refusal, workpiece

VARIABLES = list_variables()
TEXTS = {"WORKPIECE_SANDBOX_IMAGE": "", "WORKPIECE_WORKSPACE": "/etc/passwd"}
KEYLESS = {"WORKPIECE_MODEL__NAME": "openai/m", "WORKPIECE_MODEL__KEY_VARIABLE": "NOKEY"}
POSTGRES = "postgresql+psycopg"
README = Path(__file__).parents[2] / "README.md"


@pytest.mark.parametrize("variable", VARIABLES)
def test_wrong_value_names_its_variable_and_not_itself(variable: str, monkeypatch: pytest.MonkeyPatch) -> None:
    wrong = TEXTS.get(variable, "§ wrong §")
    if "__" in variable:
        monkeypatch.setenv(f"{variable.partition('__')[0]}__NAME", "openai/m") if "MODEL" in variable else None
    monkeypatch.setenv(variable, wrong)
    with pytest.raises(InputError, match=f"^{variable}: ") as raised:
        read_settings()
    assert not wrong or wrong not in str(raised.value)
    assert "\n" not in str(raised.value)
    assert raised.value.__suppress_context__  # whoever prints a traceback prints no value either


@pytest.mark.parametrize("value", ["nan", "inf", "-1", "1e9", ""])
def test_number_that_is_none_or_out_of_range_is_refused(value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in ("WORKPIECE_SANDBOX_PROGRAM_CPU_S", "WORKPIECE_EPISODE__TURNS", "WORKPIECE_JUDGE_TRIALS"):
        with monkeypatch.context() as patched, pytest.raises(InputError, match=variable):
            patched.setenv(variable, value)
            read_settings()


@pytest.mark.parametrize("variable", ["SANDBOX_PROGRAM_CPU_S", "SANDBOX_JUDGE_CPU_S", "MODEL__TIMEOUT_S"])
@pytest.mark.parametrize("value", ["0.001", "0.999", "5e-324"])
def test_time_in_which_nothing_gets_done_is_refused(variable: str, value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WORKPIECE_MODEL__NAME", "openai/m")
    monkeypatch.setenv(f"WORKPIECE_{variable}", value)
    with pytest.raises(InputError, match=f"WORKPIECE_{variable}: .* equal to 1"):
        read_settings()
    monkeypatch.setenv(f"WORKPIECE_{variable}", "1")
    read_settings()


def test_every_variable_says_what_it_is() -> None:
    assert {name for name, field in VARIABLES.items() if not field.description} == set()
    assert {name for group in GROUPS for name, field in group.model_fields.items() if not field.description} == set()


def test_readme_lists_every_setting_with_its_default() -> None:
    rows = README.read_text().splitlines()
    for name, field in VARIABLES.items():
        if not re.match("WORKPIECE_MODEL_[A-Z]+__", name):
            default = "none" if field.default in (None, PydanticUndefined) else field.default
            written = f"{default:g}" if isinstance(default, float) else str(default)
            assert f"| `{name}` | {field.description} | {written.replace('True', 'true')} |" in rows


@pytest.mark.parametrize(
    ("wrong", "meant"),
    [
        ("WORKPIECE_JUDGE_KYE", "WORKPIECE_JUDGE_KEY"),
        ("WORKPIECE_MODEL__NAEM", "WORKPIECE_MODEL__NAME"),
        ("WORKPIECE_MODEL", "WORKPIECE_MODEL__NAME"),
        ("WORKPIECE_EPISODE_TURNS", "WORKPIECE_EPISODE__TURNS"),
        ("WORKPIECE_BACKEND", "WORKPIECE_SANDBOX_BACKEND"),
    ],
)
def test_unknown_variable_is_told_with_the_nearest(wrong: str, meant: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(wrong, "1")
    with pytest.raises(InputError, match=f"{wrong} is no setting; do you mean {meant}\\?"):
        read_settings()


def test_variables_of_programs_are_no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WORKPIECE_OUT", "out")
    assert read_settings().workspace.store_url is None


@pytest.mark.parametrize("kind", ["", "CERTIFY_", "HALF_STEP_"])
def test_draws_that_none_can_pass_are_refused_by_name(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(f"WORKPIECE_JUDGE_{kind}TRIALS", "4")
    with pytest.raises(InputError, match=f"WORKPIECE_JUDGE_{kind}MUST_PASS is 1.*WORKPIECE_JUDGE_{kind}TRIALS 4"):
        read_settings()


@pytest.mark.parametrize(
    ("arguments", "settings", "says"),
    [
        (["run", "--count", "1"], {"WORKPIECE_JUDGE_KEY": "short-and-secret"}, "WORKPIECE_JUDGE_KEY: "),
        (["judge", "ffff", "README.md"], {"WORKPIECE_JUDGE_KEY": "A" * 32}, "32–128 hex digits"),
        (["run", "--count", "1"], {"WORKPIECE_JUDGE_TRIALS": "4"}, "WORKPIECE_JUDGE_MUST_PASS is 15"),
        (["run", "--family", "teleporter"], {}, "unknown family 'teleporter': choose from drop_chute"),
        (["run", "--engineer", "llm"], {}, "set WORKPIECE_MODEL__NAME"),
        (["run", "--generator", "llm"], {}, "set WORKPIECE_MODEL__NAME"),
        (["run", "--engineer", "llm"], KEYLESS, "set NOKEY"),
        (["skills", "list"], {"WORKPIECE_STORE_URL": "mysql://me:secret@host/name"}, "WORKPIECE_STORE_URL: "),
        (["reconcile"], {"WORKPIECE_STORE_URL": f"{POSTGRES}://me:secret@host:port/name"}, "WORKPIECE_STORE_URL: "),
    ],
)  # fmt: skip
def test_bad_setting_ends_a_command_before_anything_begins(
    arguments: list[str], settings: dict[str, str], says: str, tmp_path: Path
) -> None:
    said = refusal(workpiece(tmp_path / "workspace", *arguments, **settings), 2)
    assert says in said
    assert not re.search("secret@|short-and|A{32}", said)
    assert not (tmp_path / "workspace" / "prefect").exists()


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"WORKPIECE_JUDGE_KEY": "AB" * 20}, "give 32–128 hexadecimal digits, a–f in lower case"),
        ({"WORKPIECE_STORE_URL": "mysql://x"}, "begin it with sqlite:/// or postgresql"),
        ({"WORKPIECE_MODEL__NAME": "m"}, "as openai/NAME"),
        ({"WORKPIECE_MODEL__KEY_VARIABLE": "NOPE"}, "WORKPIECE_MODEL__NAME: set it too"),
    ],
)
def test_wrong_form_is_told_in_words(settings: dict[str, str], says: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(InputError, match=re.escape(says)) as refused:
        read_settings()
    assert "pattern" not in str(refused.value)


def test_every_pattern_of_a_setting_is_told_in_words() -> None:
    patterns = {getattr(rule, "pattern", None) for field in VARIABLES.values() for rule in field.metadata}
    assert {str(pattern) for pattern in patterns if pattern is not None} == set(FORMS)
