"""Settings, one class per group, read once at the edge from `WORKPIECE_…` variables and passed down."""

import math
import secrets
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from schemas.errors import InputError
from schemas.llm import AgentRole, EpisodeLimits, ModelChoice
from schemas.sandbox import MIB, Limits, SessionKind


class WorkspaceSettings(BaseSettings):
    """Where everything is written: database, files, data sets, pictures, Prefect's own database."""

    model_config = SettingsConfigDict(env_prefix="WORKPIECE_", extra="ignore", frozen=True)

    workspace: Path = Path("workspace")
    store_url: str | None = None

    @property
    def database_url(self) -> str:
        """Return the SQLAlchemy URL: `WORKPIECE_STORE_URL`, or SQLite in the workspace."""
        return self.store_url or f"sqlite:///{self.workspace.absolute() / 'workpiece.sqlite'}"

    @property
    def files_folder(self) -> Path:
        """Return the folder of the content-addressed file store."""
        return self.workspace / "files"

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


class SandboxSettings(BaseSettings):
    """Which isolation runs programs, how many sessions of each kind, and what one job may use."""

    model_config = SettingsConfigDict(env_prefix="WORKPIECE_SANDBOX_", extra="ignore", frozen=True)

    backend: Literal["namespace", "container"] = "namespace"
    image: str | None = None
    builders: Annotated[int, Field(ge=1, le=64)] = 2
    judges: Annotated[int, Field(ge=1, le=64)] = 2
    program_cpu_s: Annotated[float, Field(gt=0, le=600)] = 20.0
    program_memory_mb: Annotated[int, Field(ge=256, le=65536)] = 3072
    judge_cpu_s: Annotated[float, Field(gt=0, le=3600)] = 600.0
    judge_memory_mb: Annotated[int, Field(ge=512, le=65536)] = 8192

    def limit_jobs(self, kind: SessionKind) -> Limits:
        """Return what one job of that kind may use."""
        if kind is SessionKind.BUILDER:
            cpu_s, wall_s, memory_mb = self.program_cpu_s, 3 * self.program_cpu_s, self.program_memory_mb
        else:
            cpu_s, wall_s, memory_mb = self.judge_cpu_s, 2 * self.judge_cpu_s, self.judge_memory_mb
        return Limits(cpu_seconds=math.ceil(cpu_s), wall_seconds=wall_s, memory_bytes=memory_mb * MIB)


class JudgeSettings(BaseSettings):
    """The secret that draws are made from; only judge jobs receive it."""

    model_config = SettingsConfigDict(env_prefix="WORKPIECE_JUDGE_", extra="ignore", frozen=True)

    key: Annotated[str, Field(pattern=r"^[0-9a-f]{32,128}$")] | None = None
    trials: Annotated[int, Field(ge=1, le=256)] = 16
    must_pass: Annotated[int, Field(ge=1, le=256)] = 15
    certify_trials: Annotated[int, Field(ge=1, le=1024)] = 128
    certify_must_pass: Annotated[int, Field(ge=1, le=1024)] = 125
    half_step_trials: Annotated[int, Field(ge=1, le=256)] = 16
    half_step_must_pass: Annotated[int, Field(ge=1, le=256)] = 15

    def read_key(self, workspace: Path) -> str:
        """Return the key of the settings, or the installation's own: drawn on first use, kept beside the data."""
        if self.key is not None:
            return self.key
        file = workspace / "judge.key"
        if not file.exists():
            workspace.mkdir(parents=True, exist_ok=True)
            file.touch(mode=0o600)
            file.write_text(secrets.token_hex(32))
        text = file.read_text().strip()
        if len(text) < 32:
            raise InputError(f"{file} holds no key: delete it to draw a new one, or set WORKPIECE_JUDGE_KEY")
        return text


class ReferenceSettings(BaseSettings):
    """How long the reference engineer may search: in simulations, so that a seed gives the same answer anywhere."""

    model_config = SettingsConfigDict(env_prefix="WORKPIECE_REFERENCE_", extra="ignore", frozen=True)

    simulations: Annotated[int, Field(ge=1, le=100_000)] = 400


class AgentSettings(BaseSettings):
    """A model for every role, and what an episode may use: `WORKPIECE_MODEL__NAME`, `WORKPIECE_EPISODE__TURNS`.

    `generator_rounds` is how many scene programs a generator may write for one benchmark.
    """

    model_config = SettingsConfigDict(env_prefix="WORKPIECE_", env_nested_delimiter="__", extra="ignore", frozen=True)

    model: ModelChoice | None = None
    model_architect: ModelChoice | None = None
    model_engineer: ModelChoice | None = None
    model_critic: ModelChoice | None = None
    model_planner: ModelChoice | None = None
    model_coder: ModelChoice | None = None
    model_reviewer: ModelChoice | None = None
    model_writer: ModelChoice | None = None
    episode: EpisodeLimits = EpisodeLimits()
    generator_rounds: Annotated[int, Field(ge=1, le=100)] = 8

    def choose_model(self, role: AgentRole) -> ModelChoice:
        """Return the model of a role, or the one for all; raises InputError where neither is set."""
        chosen: ModelChoice | None = getattr(self, f"model_{role}") or self.model
        if chosen is None:
            raise InputError(
                f"the {role} has no model: set WORKPIECE_MODEL__NAME (or WORKPIECE_MODEL_{role.upper()}__NAME)"
            )
        return chosen


@dataclass(frozen=True)
class Settings:
    """Every settings group of a process, read once at its edge."""

    workspace: WorkspaceSettings
    sandbox: SandboxSettings
    judge: JudgeSettings
    reference: ReferenceSettings
    agents: AgentSettings


def read_settings() -> Settings:
    """Read every settings group from the environment."""
    return Settings(WorkspaceSettings(), SandboxSettings(), JudgeSettings(), ReferenceSettings(), AgentSettings())


def read_one_shot_settings() -> Settings:
    """Read the settings of a command that does one thing: one sandbox of each kind, all cores to the judge."""
    settings = read_settings()
    return replace(settings, sandbox=settings.sandbox.model_copy(update={"builders": 1, "judges": 1}))
