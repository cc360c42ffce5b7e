"""Settings, one class per group, read once at the edge from `WORKPIECE_…` variables and passed down."""

import math
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Literal, get_args, get_type_hints

from pydantic import BaseModel, Field, ValidationError, field_validator, model_validator
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails
from pydantic_settings import BaseSettings, SettingsConfigDict

from schemas.errors import InputError
from schemas.json_bounds import MOST_JSON_BYTES
from schemas.llm import API_BASE, MODEL_NAME, VARIABLE, AgentRole, EpisodeLimits, ModelChoice
from schemas.sandbox import MIB, Limits, SessionKind

PREFIX = "WORKPIECE_"
OF_PROGRAMS = ("WORKPIECE_OUT", "WORKPIECE_SEED")
"""What a scene or solution program reads when somebody runs it by hand (docs/authoring.md)."""

STORE_URL = r"^(sqlite:///|postgresql\+psycopg://).+$"
FILES_URL = r"^(s3://[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](/[\w./-]*)?|file:///.+)$"
KEY = r"^[0-9a-f]{32,128}$"
DASK_ADDRESS = r"^(tcp|tls|ws|wss|ucx)://.+$"
BLOCK = r"^[a-z0-9-]+/[a-z0-9-]+$"
FORMS = {
    STORE_URL: "begin it with sqlite:/// or postgresql+psycopg://",
    FILES_URL: "give s3://BUCKET/PREFIX or file:///FOLDER",
    KEY: "give 32–128 hexadecimal digits, a–f in lower case",
    DASK_ADDRESS: "begin it with tcp://, tls://, ws://, wss:// or ucx://",
    BLOCK: "give the type and the name of the block, in lower case, as slack-webhook/ops",
    MODEL_NAME: "give the provider and the name of the model, as openai/NAME",
    API_BASE: "give an address that begins with http:// or https://, without spaces and user",
    VARIABLE: "give the name of an environment variable, in capitals",
}
"""What a text must look like that has to match a pattern."""


class Group(BaseSettings):
    """A group of settings; its errors never show a value, which may be a secret."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        env_nested_delimiter="__",
        extra="ignore",
        frozen=True,
        hide_input_in_errors=True,
        use_attribute_docstrings=True,
    )


class WorkspaceSettings(Group):
    """Where everything is written: database, files, data sets, pictures, Prefect's own database."""

    workspace: Path = Path("workspace")
    """folder of database, files, data sets, pictures"""
    store_url: str | None = Field(default=None, pattern=STORE_URL, repr=False)
    """SQLAlchemy URL of the store; without one it is SQLite in the workspace"""
    files_url: str | None = Field(default=None, pattern=FILES_URL)
    """where binary files and backups are kept: `s3://BUCKET/PREFIX` (boto3's variables), or `file:///FOLDER`"""
    backup_days: int = Field(default=7, ge=1, le=3650)
    """the newest backups of so many days are kept"""
    backup_weeks: int = Field(default=5, ge=0, le=520)
    """and the newest of so many weeks"""
    backup_months: int = Field(default=12, ge=0, le=120)
    """and the newest of so many months"""
    export_checked: bool = True
    """whether every export is checked by Great Expectations before it is published (about 8 s)"""

    @field_validator("workspace", mode="before")
    @classmethod
    def _can_be_a_folder(cls, given: str | Path) -> str | Path:
        folder = Path(given).absolute()
        if given == "" or not next(one for one in (folder, *folder.parents) if one.exists()).is_dir():
            raise ValueError("name a folder, or a new one inside a folder; this is a file, in a file, or nothing")
        return given

    @property
    def database_url(self) -> str:
        """Return the SQLAlchemy URL: `WORKPIECE_STORE_URL`, or SQLite in the workspace."""
        return self.store_url or f"sqlite:///{self.workspace.absolute() / 'workpiece.sqlite'}"

    @property
    def store_variable(self) -> str:
        """Return the variable that says where the store is."""
        return f"{PREFIX}WORKSPACE" if self.store_url is None else f"{PREFIX}STORE_URL"

    @property
    def files_folder(self) -> Path:
        """Return the folder of the content-addressed file store, or of what is here of its bucket."""
        given = (self.files_url or "").removeprefix("file://")
        return Path(given) if given.startswith("/") else self.workspace / "files"

    @property
    def bucket_url(self) -> str | None:
        """Return the bucket of files and backups, or None for a folder."""
        return self.files_url if self.files_url and self.files_url.startswith("s3://") else None

    @property
    def backups_folder(self) -> Path:
        """Return the folder of backups."""
        return self.workspace / "backups"

    @property
    def datasets_folder(self) -> Path:
        """Return the folder of the Parquet data sets."""
        return self.workspace / "datasets"

    @property
    def skills_folder(self) -> Path:
        """Return the folder of learned skills, one folder each."""
        return self.workspace / "skills"

    @property
    def pictures_folder(self) -> Path:
        """Return the folder of rendered pictures."""
        return self.workspace / "pictures"

    @property
    def bundles_folder(self) -> Path:
        """Return the folder of the scenes that `verify` has built."""
        return self.workspace / "bundles"

    @property
    def prefect_folder(self) -> Path:
        """Return the folder of Prefect's own database and log."""
        return self.workspace.absolute() / "prefect"


class SandboxSettings(Group):
    """Which isolation runs programs, how many sessions of each kind, and what one job may use."""

    model_config = SettingsConfigDict(env_prefix=f"{PREFIX}SANDBOX_")

    backend: Literal["namespace", "container"] = "namespace"
    """`namespace` (bubblewrap) or `container` (Docker or Podman, by `DOCKER_HOST`)"""
    image: str | None = Field(default=None, min_length=1)
    """image of `make image` for containers; without one this machine's libraries are bound read-only"""
    builders: int = Field(default=2, ge=1, le=64)
    """warm sandboxes that run programs"""
    judges: int = Field(default=2, ge=1, le=64)
    """warm sandboxes that check and judge; both together are the most jobs at once"""
    program_cpu_s: float = Field(default=20.0, ge=1, le=600)
    """CPU seconds of one program"""
    program_memory_mb: int = Field(default=3072, ge=256, le=65536)
    """MiB of one program"""
    judge_cpu_s: float = Field(default=600.0, ge=1, le=3600)
    """CPU seconds of one job of the judge"""
    judge_memory_mb: int = Field(default=8192, ge=512, le=65536)
    """MiB of one job of the judge"""
    jobs_kept_days: float = Field(default=7.0, ge=0, le=3650)
    """days for which the folders of jobs are kept, but those of runs at work"""
    jobs_kept_mb: int = Field(default=1024, ge=0, le=1_048_576)
    """MiB of these folders, before a run and for each process of it; 0 keeps none"""

    def limit_jobs(self, kind: SessionKind) -> Limits:
        """Return what one job of that kind may use."""
        building = kind is SessionKind.BUILDER
        cpu_s = self.program_cpu_s if building else self.judge_cpu_s
        return Limits(
            cpu_seconds=math.ceil(cpu_s),
            wall_seconds=(3 if building else 2) * cpu_s,
            memory_bytes=(self.program_memory_mb if building else self.judge_memory_mb) * MIB,
            result_bytes=MIB // 16 if building else MOST_JSON_BYTES,  # a builder's reply says nothing
        )


class JudgeSettings(Group):
    """The secret that draws are made from, which only judge jobs receive, and how many of them a design must pass."""

    model_config = SettingsConfigDict(env_prefix=f"{PREFIX}JUDGE_")

    key: str | None = Field(default=None, pattern=KEY, repr=False)
    """secret of the hidden draws, 32–128 hex digits; without one it is drawn and kept in the workspace"""
    trials: int = Field(default=16, ge=1, le=256)
    """hidden draws of a verdict"""
    must_pass: int = Field(default=15, ge=1, le=256)
    """so many of them must pass"""
    certify_trials: int = Field(default=128, ge=1, le=1024)
    """draws of a certificate"""
    certify_must_pass: int = Field(default=125, ge=1, le=1024)
    """so many of them must pass"""
    half_step_trials: int = Field(default=16, ge=1, le=256)
    """a certificate's draws at half the time step"""
    half_step_must_pass: int = Field(default=15, ge=1, le=256)
    """so many of them must pass"""

    @model_validator(mode="after")
    def _can_be_passed(self) -> "JudgeSettings":
        for kind in ("", "certify_", "half_step_"):
            trials, must_pass = getattr(self, f"{kind}trials"), getattr(self, f"{kind}must_pass")
            if must_pass > trials:
                name = f"{PREFIX}JUDGE_{kind.upper()}"
                raise ValueError(
                    f"{name}MUST_PASS is {must_pass} and {name}TRIALS {trials}: change one, "
                    "no design can pass more than there are"
                )
        return self


class ReferenceSettings(Group):
    """How long the reference engineer may search: in simulations, so that a seed gives the same answer anywhere."""

    model_config = SettingsConfigDict(env_prefix=f"{PREFIX}REFERENCE_")

    simulations: int = Field(default=400, ge=1, le=100_000)
    """budget of the reference engineer's search"""


class AgentSettings(Group):
    """A model for every role, and what an episode may use: `WORKPIECE_MODEL__NAME`, `WORKPIECE_EPISODE__TURNS`."""

    model: ModelChoice | None = None
    """the language model of every role"""
    model_architect: ModelChoice | None = None
    """another model for the architect"""
    model_engineer: ModelChoice | None = None
    """another model for the engineer"""
    model_critic: ModelChoice | None = None
    """another model for the critic"""
    model_planner: ModelChoice | None = None
    """another model for the planner of scenes"""
    model_coder: ModelChoice | None = None
    """another model for the coder of scenes"""
    model_reviewer: ModelChoice | None = None
    """another model for the reviewer of scenes"""
    model_writer: ModelChoice | None = None
    """another model for the writer of prompts"""
    episode: EpisodeLimits = EpisodeLimits()
    """what an episode may use up"""
    generator_rounds: int = Field(default=8, ge=1, le=100)
    """scene programs that `--generator llm` may write for one benchmark"""

    def choose_model(self, role: AgentRole) -> ModelChoice:
        """Return the model of a role, or the one for all; raises InputError where neither is set."""
        chosen: ModelChoice | None = getattr(self, f"model_{role}") or self.model
        if chosen is None:
            raise InputError(
                f"the {role} has no model: set WORKPIECE_MODEL__NAME (or WORKPIECE_MODEL_{role.upper()}__NAME)"
            )
        return chosen


class PipelineSettings(Group):
    """Where the stages of a run are carried out."""

    task_runner: Literal["threads", "dask"] = "threads"
    """where stages run: `threads` of the run's process, or `dask`: workers of a cluster"""
    dask_workers: int = Field(default=2, ge=1, le=1024)
    """worker processes of Dask, each with sandboxes of its own"""
    dask_address: str | None = Field(default=None, pattern=DASK_ADDRESS)
    """address of a Dask scheduler; without one, its workers run here"""
    notify_block: str | None = Field(default=None, pattern=BLOCK)
    """block of the Prefect server, as `slack-webhook/ops`, that is told of failed, crashed and late runs"""


@dataclass(frozen=True)
class Settings:
    """Every settings group of a process, read once at its edge."""

    workspace: WorkspaceSettings
    sandbox: SandboxSettings
    judge: JudgeSettings
    reference: ReferenceSettings
    agents: AgentSettings
    pipeline: PipelineSettings

    @property
    def places(self) -> int:
        """Return how many items of a run are worked on side by side: one for each judge of each process."""
        processes = self.pipeline.dask_workers if self.pipeline.task_runner == "dask" else 1
        return processes * self.sandbox.judges


GROUPS: tuple[type[Group], ...] = tuple(get_type_hints(Settings).values())


def read_settings() -> Settings:
    """Read every settings group from the environment; raises InputError that names what is wrong, without values."""
    known = list_variables()
    for name in sorted(os.environ):
        if name.startswith(PREFIX) and name not in known and name not in OF_PROGRAMS:
            near = get_close_matches(name, known, n=1, cutoff=0.0)[0]
            raise InputError(f"{name} is no setting; do you mean {near}? README.md lists them all")
    return Settings(*map(_read, GROUPS))


def read_one_shot_settings() -> Settings:
    """Read the settings of a command that does one thing: one sandbox of each kind, all cores to the judge."""
    settings = read_settings()
    return replace(settings, sandbox=settings.sandbox.model_copy(update={"builders": 1, "judges": 1}))


def list_variables() -> Mapping[str, FieldInfo]:
    """Return every variable that is a setting, with its field."""
    return {name: field for group in GROUPS for name, field in _walk(group, group.model_config["env_prefix"])}


def _walk(model: type[BaseModel], prefix: str) -> Iterator[tuple[str, FieldInfo]]:
    for name, field in model.model_fields.items():
        kinds = (field.annotation, *get_args(field.annotation))
        nested = [kind for kind in kinds if isinstance(kind, type) and issubclass(kind, BaseModel)]
        if nested:
            yield from _walk(nested[0], f"{prefix}{name}__".upper())
        else:
            yield f"{prefix}{name}".upper(), field


def _read(group: type[Group]) -> Any:
    try:
        return group()
    except ValidationError as error:
        raise InputError("; ".join(_say(group, fault) for fault in error.errors())) from None  # it has values


def _say(group: type[Group], fault: ErrorDetails) -> str:
    """Return one fault with its variable and what that is; a fault of several variables names them itself."""
    place, said = fault["loc"], fault["msg"].removeprefix("Value error, ")
    if fault["type"] == "string_pattern_mismatch":
        said = FORMS[fault["ctx"]["pattern"]]
    elif fault["type"] == "missing":
        said = "set it too"
    variable = (group.model_config["env_prefix"] + "__".join(map(str, place))).upper()
    return f"{variable}: {said} ({list_variables()[variable].description})" if place else said
