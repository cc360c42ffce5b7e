"""What a training view is: what one row tells, who reads it, its columns, and where its rows come from."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

CANARY = "a9f75be3-6c3d-4f82-a954-95e58fc10346"
"""Stands in every file, so that text of ours can be found in what a model was trained on, and kept out of it."""
BATCH_ROWS = 100
OF_BENCHMARK = ("benchmark_id", "family", "kind", "difficulty", "split")
DOCS = {
    "ability": "`mechanical_design`",
    "benchmark_id": "The benchmark",
    "canary": "Marks text of this project",
    "chosen": "The better program",
    "chosen_cost_ratio": "Unit cost of the better design ÷ that of the best known",
    "chosen_sha256": "Hash of the better program",
    "completion": "The program that answers",
    "cost_ratio": "Unit cost of the design ÷ that of the expected solution, when solved",
    "cost_usd": "Unit cost of the answer's design at the target quantity",
    "data_source": "`workpiece`: picks the reward function",
    "decided_by": "`verdict`, or `cost` where both passed",
    "difficulty": "1–5",
    "dropped_because": "Why its conversation is not in `sft`; NULL: it is",
    "elapsed_s": "Seconds from its first message to its last",
    "engineer": "Who worked",
    "episode_id": "The episode, of a pair that of the worse program; NULL: an expected solution",
    "extra_info": "Place in the split, budgets, and what a tool `submit` is created with",
    "failed_sha256": "Hash of the program that failed",
    "family": "Family that the scene was drawn from",
    "first_call": "Number of its first call of a model in the episode",
    "kind": "`static`, `mover` or `drive`",
    "label": "Whether the judge passed it",
    "margin_mm": "Least clearance over the passing trials of the last submission",
    "mass_g": "Mass of the answer's design",
    "mass_ratio": "Mass ÷ that of the expected solution, when solved",
    "mechanism": "Hash of the program without its numbers",
    "messages": "System prompt, questions, replies, answers of tools; each as JSON",
    "model": "Name of the model",
    "money_usd": "Price of its models",
    "outcome": "How it ended",
    "pass_fraction": "Passing trials ÷ trials of the last submission",
    "program_sha256": "Hash of the program that answers",
    "prompt": "The problem; for a repair also the failing program and its verdict",
    "reasons": "Why what failed did: code, message, where, numbers",
    "rejected": "The worse program",
    "rejected_cost_ratio": "Unit cost of the worse design ÷ that of the best known, where it passed",
    "rejected_sha256": "Hash of the worse program",
    "reward_main": "1 solved, 0 not; NULL where the engineer has earned neither, or for review",
    "reward_model": "`rule`; benchmark_id and the call that judges a program, as JSON",
    "role": "Whose conversation: `engineer`, `architect`, `critic`, `writer`",
    "split": "Split of the benchmark",
    "stage": "Stage that ended it, or the kind of preview",
    "static_valid": "Whether the last submission passed every check before simulation",
    "submissions_used": "Designs handed in",
    "judge_version": "The judge that rewards",
    "tokens": "Tokens of its models, in and out",
    "tools": "Schemas of the tools that it could call; each as JSON",
    "tried_as": "What tried it: `preview`, `submission` or `expected` (solution)",
    "turns": "Calls of the model in it",
}
"""What every column of every view holds; a name means the same in all of them."""


@dataclass(frozen=True)
class View:
    """A table for one kind of training; `rows` yields those of a split, in an order that data alone decide."""

    name: str
    doc: str
    reader: str
    columns: tuple[str, ...]
    rows: Callable[[Any, str], Iterator[pa.Table]]

    def tables(self, connection: Any, split: str) -> Iterator[pa.Table]:
        """Yield its rows of a split with the canary, documented in the fields' metadata."""
        for table in self.rows(connection, split):
            marked = table.append_column("canary", pa.array([CANARY] * len(table), pa.string()))
            kept = marked.select([*self.columns, "canary"])
            fields = [field.with_metadata({"doc": DOCS[field.name]}) for field in kept.schema]
            metadata = {"view": self.name, "doc": self.doc, "canary": CANARY}
            yield pa.Table.from_arrays(kept.columns, schema=pa.schema(fields, metadata=metadata))


@dataclass(frozen=True)
class Document:
    """A file for each episode; `documents` yields names and texts of those of a split."""

    name: str
    doc: str
    reader: str
    documents: Callable[[Any, str], Iterator[tuple[str, str]]]
    columns: tuple[str, ...] = ()


def select(sql: str) -> Callable[[Any, str], Iterator[pa.Table]]:
    """Return the rows of a SELECT over the relations of `facts` that has a column `split`."""

    def rows(connection: Any, split: str) -> Iterator[pa.Table]:
        found = connection.sql(f"FROM ({sql}) WHERE split = ?", params=[split])
        for batch in found.to_arrow_reader(BATCH_ROWS):
            yield pa.Table.from_batches([batch])

    return rows
