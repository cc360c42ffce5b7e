"""Lay down the tables of the first path: runs, benchmarks, episodes, verdicts, solutions, files, errors."""

import uuid
from collections.abc import Mapping

import sqlalchemy as sa
from alembic import op

from migrations.columns import REAL, STRING, Table

revision = "0001"
down_revision = None

TABLES: Mapping[str, Table] = {
    "files": Table("sha256", "size_bytes recorded_at", optional="text"),
    "revisions": Table("id", "store_id value"),
    "runs": Table("run_id", "recorded_at", optional="request"),
    "verdicts": Table(
        "verdict_id",
        """purpose stage scene_hash catalogue_hash judge_version mujoco_version cpu_model submission revision
            passed recorded_at record""",
        optional="""benchmark_hash assembly_hash mjcf_sha256 quantity pass_fraction wilson_low wilson_high
            margin_mm mass_g reasons warnings total_usd unit_cost_usd""",
    ),
    "benchmarks": Table(
        "item_id",
        """generator generator_version family kind split program_sha256 state seed index attempt slack verified
            recorded_at statement""",
        optional="""benchmark_id scene_hash mjcf_sha256 difficulty settled_revision draft_max_cost_usd
            draft_max_mass_g max_cost_usd max_mass_g best_known_cost_usd parameters canned_passed nothing_reasons""",
        references="program_sha256 scene_hash",
        unique="benchmark_id",
        index="scene_hash",
    ),
    "cost_lines": Table(
        "verdict_id number", "label subject rate source_row amount_usd", optional="process", references="verdict_id"
    ),
    "errors": Table(
        "error_id",
        "stage error_type infrastructure recorded_at text",
        optional="run_id item_id episode_id",
        references="run_id",
    ),
    "part_findings": Table(
        "verdict_id number",
        "rule_id severity part unit advice measured limit",
        optional="face point_mm",
        references="verdict_id",
    ),
    "trials": Table(
        "verdict_id half_step index",
        "steps end_s closest_mm passed",
        optional="entered_s margin_mm reasons",
        references="verdict_id",
    ),
    "benchmark_checks": Table("item_id number", "name passed", optional="reasons numbers", references="item_id"),
    "episodes": Table(
        "episode_id",
        """item_id scene_hash engineer engineer_version policy outcome seed message_count submission_count previews
            simulations turns tokens revision simulated_s program_cpu_s money_usd recorded_at""",
        optional="benchmark_id reasons",
        references="item_id benchmark_id",
        index="item_id",
    ),
    "run_items": Table("run_id index attempt", "item_id", references="run_id item_id"),
    "solutions": Table(
        "benchmark_id bundle_hash",
        "program_sha256 verdict_id revision unit_cost_usd mass_g recorded_at",
        optional="certificate_id",
        references="benchmark_id bundle_hash program_sha256 verdict_id certificate_id",
        kinds={"unit_cost_usd": REAL},
    ),
    "messages": Table(
        "episode_id seq", "author kind message_version at body", optional="program_cpu_s", references="episode_id"
    ),
    "program_versions": Table("episode_id name version", "sha256 seq final", references="episode_id sha256"),
    "submissions": Table(
        "episode_id number",
        "program_sha256",
        optional="bundle_hash verdict_id reasons",
        references="episode_id program_sha256 bundle_hash verdict_id",
    ),
    "todo_items": Table(
        "episode_id plan_version item",
        "text acceptance status position",
        optional="depends_on",
        references="episode_id",
        kinds={"text": STRING},
    ),
    "tool_calls": Table(
        "episode_id call_id",
        "tool seq counted",
        optional="return_seq simulated_s program_cpu_s ok",
        references="episode_id",
    ),
}
"""Parents first."""


def upgrade() -> None:
    """Create the tables, the counter of write transactions, and the view of the calls that don't count."""
    for name, table in TABLES.items():
        table.create(name)
    counter = sa.table("revisions", sa.column("id"), sa.column("value"), sa.column("store_id"))
    op.execute(counter.insert().values(id=1, value=0, store_id=uuid.uuid4().hex))
    op.execute("CREATE VIEW previews AS SELECT * FROM tool_calls WHERE NOT counted")


def downgrade() -> None:
    """Drop everything, children first."""
    op.execute("DROP VIEW previews")
    for name in reversed(TABLES):
        op.drop_table(name)
