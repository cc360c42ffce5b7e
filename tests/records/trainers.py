"""Reads training views with the readers of TRL or verl in an environment of theirs: python trainers.py FOLDER trl|verl.

Writes what was read as JSON. It knows nothing of this project, whose environment holds neither of them.
"""

import json
import sys
from pathlib import Path

import trl
from datasets import load_dataset
from tokenizers import Tokenizer, decoders, models, pre_tokenizers
from transformers import PreTrainedTokenizerFast
from trl.data_utils import apply_chat_template, is_conversational, unpair_preference_dataset

TEMPLATE = Path(trl.__file__).parent / "chat_templates" / "qwen3.jinja"


def make_tokenizer() -> PreTrainedTokenizerFast:
    """Return a tokenizer of bytes with the chat template of a model that calls tools."""
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    plain = Tokenizer(models.BPE(vocab={c: n for n, c in enumerate(alphabet)}, merges=[]))
    plain.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    plain.decoder = decoders.ByteLevel()
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=plain, eos_token="<|im_end|>", pad_token="<|endoftext|>")
    tokenizer.chat_template = TEMPLATE.read_text()
    return tokenizer


def read_with_trl(folder: str) -> dict[str, object]:
    """Apply a chat template to the first row of every view as TRL's trainers do."""
    tokenizer, told = make_tokenizer(), {}
    for name in ("sft", "sft_programs", "preference", "kto", "repair"):
        rows = load_dataset(folder, name)["train"]
        row = rows[0]
        assert is_conversational(row), name
        kept = {
            key: row[key] for key in ("messages", "prompt", "completion", "chosen", "rejected", "label") if key in row
        }
        told[name] = apply_chat_template(kept, tokenizer, tools=row.get("tools"))
    told["unpaired"] = len(unpair_preference_dataset(load_dataset(folder, "preference")["train"]))
    return told


def read_with_verl(folder: str) -> dict[str, object]:
    """Read the prompts of reinforcement, and conversations, as verl's trainers do."""
    from omegaconf import OmegaConf
    from verl.utils.dataset.rl_dataset import RLHFDataset

    config = OmegaConf.create(
        {"max_prompt_length": 100_000, "filter_overlong_prompts": True, "cache_dir": f"{folder}/cache"}
    )
    files = [str(path) for path in sorted(Path(folder, "rl").glob("train-*.parquet"))]
    rows = RLHFDataset(data_files=files, tokenizer=make_tokenizer(), config=config)
    names = ("raw_prompt", "data_source", "ability", "reward_model", "extra_info", "index", "tools_kwargs")
    return {"rows": len(rows), **{name: rows[0][name] for name in names}}


if __name__ == "__main__":
    read = {"trl": read_with_trl, "verl": read_with_verl}[sys.argv[2]](sys.argv[1])
    sys.stdout.write(json.dumps(read, default=list))
