"""Lay down the tables of the first path: runs, benchmarks, episodes, verdicts, solutions, files, errors."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

Kind = sa.types.TypeEngine[object]
BLOB, BOOLEAN, INTEGER, JSON = sa.LargeBinary(), sa.Boolean(), sa.BigInteger(), sa.Text()
MONEY, REAL, STRING, TIME = sa.String(40), sa.Double(), sa.String(), sa.DateTime(timezone=True)


@dataclass(frozen=True)
class Table:
    """A table: its key, its columns by type, what they refer to (checked when a transaction ends)."""

    key: str
    required: Mapping[Kind, str]
    optional: Mapping[Kind, str] = field(default_factory=dict)
    references: Mapping[str, str] = field(default_factory=dict)
    unique: str | None = None
    index: str | None = None

    def parts(self, name: str) -> list[sa.Column[object] | sa.Constraint]:
        """Return the columns and constraints of the table."""
        columns = [
            sa.Column(column, kind, nullable=nullable, autoincrement=False)
            for kinds, nullable in ((self.required, False), (self.optional, True))
            for kind, columns in kinds.items()
            for column in columns.split()
        ]
        references = [
            sa.ForeignKeyConstraint([here], [there], f"fk_{name}_{here}", deferrable=True, initially="DEFERRED")
            for here, there in self.references.items()
        ]
        unique = [sa.UniqueConstraint(self.unique, name=f"uq_{name}_{self.unique}")] if self.unique else []
        return [*columns, sa.PrimaryKeyConstraint(*self.key.split(), name=f"pk_{name}"), *references, *unique]


TABLES: Mapping[str, Table] = {
    "files": Table(
        key="sha256", required={STRING: "sha256", INTEGER: "size_bytes", TIME: "recorded_at"}, optional={BLOB: "text"}
    ),
    "revisions": Table(key="id", required={STRING: "store_id", INTEGER: "id value"}),
    "runs": Table(key="run_id", required={STRING: "run_id", TIME: "recorded_at"}, optional={JSON: "request"}),
    "verdicts": Table(
        key="verdict_id",
        required={
            STRING: "verdict_id purpose stage scene_hash catalogue_hash judge_version mujoco_version cpu_model",
            INTEGER: "submission revision",
            BOOLEAN: "passed",
            TIME: "recorded_at",
            BLOB: "record",
        },
        optional={
            STRING: "benchmark_hash assembly_hash mjcf_sha256",
            INTEGER: "quantity",
            REAL: "pass_fraction wilson_low wilson_high margin_mm mass_g",
            JSON: "reasons warnings",
            MONEY: "total_usd unit_cost_usd",
        },
    ),
    "benchmarks": Table(
        key="item_id",
        required={
            STRING: "item_id generator generator_version family kind split program_sha256 state",
            INTEGER: "seed index attempt",
            REAL: "slack",
            BOOLEAN: "verified",
            TIME: "recorded_at",
            BLOB: "statement",
        },
        optional={
            STRING: "benchmark_id scene_hash mjcf_sha256",
            INTEGER: "difficulty settled_revision",
            REAL: "draft_max_cost_usd draft_max_mass_g max_cost_usd max_mass_g best_known_cost_usd",
            JSON: "parameters canned_passed nothing_reasons",
        },
        references={"program_sha256": "files.sha256", "scene_hash": "files.sha256"},
        unique="benchmark_id",
        index="scene_hash",
    ),
    "cost_lines": Table(
        key="verdict_id number",
        required={STRING: "verdict_id label subject rate source_row", INTEGER: "number", MONEY: "amount_usd"},
        optional={STRING: "process"},
        references={"verdict_id": "verdicts.verdict_id"},
    ),
    "errors": Table(
        key="error_id",
        required={STRING: "error_id stage error_type", BOOLEAN: "infrastructure", TIME: "recorded_at", BLOB: "text"},
        optional={STRING: "run_id item_id episode_id"},
        references={"run_id": "runs.run_id"},
    ),
    "part_findings": Table(
        key="verdict_id number",
        required={STRING: "verdict_id rule_id severity part unit advice", INTEGER: "number", REAL: "measured limit"},
        optional={INTEGER: "face", JSON: "point_mm"},
        references={"verdict_id": "verdicts.verdict_id"},
    ),
    "trials": Table(
        key="verdict_id half_step index",
        required={STRING: "verdict_id", INTEGER: "index steps", REAL: "end_s closest_mm", BOOLEAN: "half_step passed"},
        optional={REAL: "entered_s margin_mm", JSON: "reasons"},
        references={"verdict_id": "verdicts.verdict_id"},
    ),
    "benchmark_checks": Table(
        key="item_id number",
        required={STRING: "item_id name", INTEGER: "number", BOOLEAN: "passed"},
        optional={JSON: "reasons numbers"},
        references={"item_id": "benchmarks.item_id"},
    ),
    "episodes": Table(
        key="episode_id",
        required={
            STRING: "episode_id item_id scene_hash engineer engineer_version policy outcome",
            INTEGER: "seed message_count submission_count previews simulations turns tokens revision",
            REAL: "simulated_s program_cpu_s money_usd",
            TIME: "recorded_at",
        },
        optional={STRING: "benchmark_id", JSON: "reasons"},
        references={"item_id": "benchmarks.item_id", "benchmark_id": "benchmarks.benchmark_id"},
        index="item_id",
    ),
    "run_items": Table(
        key="run_id index attempt",
        required={STRING: "run_id item_id", INTEGER: "index attempt"},
        references={"run_id": "runs.run_id", "item_id": "benchmarks.item_id"},
    ),
    "solutions": Table(
        key="benchmark_id bundle_hash",
        required={
            STRING: "benchmark_id bundle_hash program_sha256 verdict_id",
            INTEGER: "revision",
            REAL: "unit_cost_usd mass_g",
            TIME: "recorded_at",
        },
        optional={STRING: "certificate_id"},
        references={
            "benchmark_id": "benchmarks.benchmark_id",
            "bundle_hash": "files.sha256",
            "program_sha256": "files.sha256",
            "verdict_id": "verdicts.verdict_id",
            "certificate_id": "verdicts.verdict_id",
        },
    ),
    "messages": Table(
        key="episode_id seq",
        required={STRING: "episode_id author kind", INTEGER: "seq message_version", TIME: "at", BLOB: "body"},
        optional={REAL: "program_cpu_s"},
        references={"episode_id": "episodes.episode_id"},
    ),
    "program_versions": Table(
        key="episode_id name version",
        required={STRING: "episode_id name sha256", INTEGER: "version seq", BOOLEAN: "final"},
        references={"episode_id": "episodes.episode_id", "sha256": "files.sha256"},
    ),
    "submissions": Table(
        key="episode_id number",
        required={STRING: "episode_id program_sha256", INTEGER: "number"},
        optional={STRING: "bundle_hash verdict_id", JSON: "reasons"},
        references={
            "episode_id": "episodes.episode_id",
            "program_sha256": "files.sha256",
            "bundle_hash": "files.sha256",
            "verdict_id": "verdicts.verdict_id",
        },
    ),
    "todo_items": Table(
        key="episode_id plan_version item",
        required={STRING: "episode_id item text acceptance status", INTEGER: "plan_version position"},
        optional={JSON: "depends_on"},
        references={"episode_id": "episodes.episode_id"},
    ),
    "tool_calls": Table(
        key="episode_id call_id",
        required={STRING: "episode_id call_id tool", INTEGER: "seq", BOOLEAN: "counted"},
        optional={INTEGER: "return_seq", REAL: "simulated_s program_cpu_s", BOOLEAN: "ok"},
        references={"episode_id": "episodes.episode_id"},
    ),
}
"""Parents first."""


def upgrade() -> None:
    """Create the tables, the counter of write transactions, and the view of the calls that don't count."""
    for name, table in TABLES.items():
        op.create_table(name, *table.parts(name))
        if table.index:
            op.create_index(f"ix_{name}_{table.index}", name, [table.index])
    counter = sa.table("revisions", sa.column("id"), sa.column("value"), sa.column("store_id"))
    op.execute(counter.insert().values(id=1, value=0, store_id=uuid.uuid4().hex))
    op.execute("CREATE VIEW previews AS SELECT * FROM tool_calls WHERE NOT counted")


def downgrade() -> None:
    """Drop everything, children first."""
    op.execute("DROP VIEW previews")
    for name in reversed(TABLES):
        op.drop_table(name)
