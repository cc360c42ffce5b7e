"""What revisions create tables with: in all of them a column's name tells its type and what it refers to."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import sqlalchemy as sa
from alembic import op

Kind = sa.types.TypeEngine[object]
REAL, STRING, BLOB = sa.Double(), sa.String(), sa.LargeBinary()
COLUMNS: Mapping[Kind, str] = {
    sa.BigInteger(): """id value size_bytes submission revision quantity seed index attempt difficulty settled_revision
        number face steps message_count submission_count previews simulations turns tokens seq message_version version
        plan_version position return_seq input_tokens output_tokens""",
    sa.DateTime(timezone=True): "recorded_at at",
    BLOB: "text record statement body reply settings",
    sa.Text(): "request reasons warnings parameters canned_passed nothing_reasons point_mm numbers depends_on faults",
    sa.Boolean(): "passed verified infrastructure half_step final counted ok shown",
    sa.String(40): "total_usd unit_cost_usd amount_usd",
    REAL: """pass_fraction wilson_low wilson_high margin_mm mass_g slack draft_max_cost_usd draft_max_mass_g
        max_cost_usd max_mass_g best_known_cost_usd measured limit end_s closest_mm entered_s simulated_s program_cpu_s
        money_usd latency_s size_x_mm size_y_mm size_z_mm""",
}
"""Type by name; any other column is a string."""
KINDS = {name: kind for kind, names in COLUMNS.items() for name in names.split()}
TARGETS = {
    **dict.fromkeys(
        ("sha256", "program_sha256", "catalogue_sha256", "head_sha256", "bundle_hash", "scene_hash"), "files.sha256"
    ),
    **dict.fromkeys(("verdict_id", "certificate_id"), "verdicts.verdict_id"),
    "run_id": "runs.run_id",
    "item_id": "benchmarks.item_id",
    "benchmark_id": "benchmarks.benchmark_id",
    "episode_id": "episodes.episode_id",
}
"""What a column refers to in the tables where it refers to anything; checked when a transaction ends."""


@dataclass(frozen=True)
class Table:
    """A table by names of columns, parted by blanks; `kinds` are the types that differ from the usual."""

    key: str
    required: str
    optional: str = ""
    references: str = ""
    unique: str | None = None
    index: str | None = None
    kinds: Mapping[str, Kind] = field(default_factory=dict)

    def create(self, name: str) -> None:
        """Create the table with its constraints and index."""
        op.create_table(name, *self._columns(), *self._constraints(name))
        if self.index:
            op.create_index(f"ix_{name}_{self.index}", name, [self.index])

    def _columns(self) -> Iterator[sa.Column[object]]:
        for names, nullable in ((f"{self.key} {self.required}", False), (self.optional, True)):
            for name in names.split():
                kind = self.kinds.get(name) or KINDS.get(name, STRING)
                yield sa.Column(name, kind, nullable=nullable, autoincrement=False)

    def _constraints(self, table: str) -> Iterator[sa.Constraint]:
        yield sa.PrimaryKeyConstraint(*self.key.split(), name=f"pk_{table}")
        for name in self.references.split():
            options = {"name": f"fk_{table}_{name}", "deferrable": True, "initially": "DEFERRED"}
            yield sa.ForeignKeyConstraint([name], [TARGETS[name]], **options)
        if self.unique:
            yield sa.UniqueConstraint(self.unique, name=f"uq_{table}_{self.unique}")


def check_references() -> None:
    """Check what rows refer to now, and later again: Postgres changes no table whose rows it has yet to check."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute("SET CONSTRAINTS ALL IMMEDIATE")
        op.execute("SET CONSTRAINTS ALL DEFERRED")
