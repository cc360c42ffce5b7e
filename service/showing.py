"""The `show` command: an episode as a conversation, a verdict, or what a run has made, by their ids; paged."""

from records import Store
from records.listing import find_named, list_episodes, list_items, list_runs, load_verdict
from schemas.errors import InputError
from schemas.messages import Message
from schemas.settings import read_settings
from service.findings import print_reasons, print_verdict
from service.listing import SHORT, print_runs
from service.printing import paged, print_indented, print_json, print_line, print_rule, print_table, write_cell
from service.reading import open_recorded


def show(prefix: str, *, as_json: bool) -> None:
    """Print what has the one id that starts so; of a benchmark its only episode."""
    with open_recorded(read_settings()) as store, paged():
        kind, key = find_named(store, prefix)
        if kind == "run":
            _show_run(store, key, as_json=as_json)
        elif kind == "verdict":
            verdict = load_verdict(store, key)
            print_json(verdict) if as_json else print_verdict(verdict)
        else:
            episode_id = key if kind == "episode" else _find_episode_of(store, prefix, key)
            _show_episode(store, episode_id, as_json=as_json)


def _find_episode_of(store: Store, prefix: str, item_id: str) -> str:
    """Return the id of the only episode on an item; raises InputError for none or several."""
    found = [str(row["episode_id"]) for row in list_episodes(store, item_id)]
    if len(found) != 1:
        known = ", ".join(one[:SHORT] for one in found) or "none"
        raise InputError(f"benchmark {prefix} has {len(found)} episodes, name one: {known}")
    return found[0]


def _show_run(store: Store, run_id: str, *, as_json: bool) -> None:
    run = next(run for run in list_runs(store) if run["run_id"] == run_id)
    items = list_items(store, run_id)
    if as_json:
        print_json({**run, "items": items})
        return
    print_runs([run])
    rows = []
    for item in items:
        shown = str(item["benchmark_id"] or item["item_id"])[:SHORT]
        rows.append(
            (item["index"], shown, *(item[n] for n in ("family", "state", "difficulty", "best_known_cost_usd")))
        )
    print_table("Benchmarks", ("no.", "benchmark", "family", "state", "level", "USD"), rows)


def _show_episode(store: Store, episode_id: str, *, as_json: bool) -> None:
    episode = store.find_episode(episode_id)
    if as_json:
        print_json(episode)
        return
    print_rule(f"episode {episode.key.episode_id[:12]} · {episode.key.engineer} · {episode.outcome.value}")
    for message in episode.messages:
        _print_message(message)
    print_rule("used")
    print_table("", ("what", "amount"), episode.use.model_dump().items())
    print_reasons(episode.reasons)


def _print_message(message: Message) -> None:
    body = message.body.model_dump(mode="json", exclude={"kind"})
    print_line(f"{message.seq:>4} {message.author} {message.body.kind}", "bold")
    for name, value in body.items():
        if value not in (None, "", [], {}):
            print_indented(f"{name}: {_tell(value)}", 5)


def _tell(value: object) -> str:
    """Return a value of a message as people read it: lists by lines, within a line by semicolons, numbers rounded."""
    if isinstance(value, list):
        return "".join(f"\n- {_tell(one)}" for one in value)
    if isinstance(value, dict):
        filled = {name: one for name, one in value.items() if one not in (None, "", [])}
        told = {name: map(_tell, one if isinstance(one, list) else [one]) for name, one in filled.items()}
        return ", ".join(f"{name} {'; '.join(ones)}" for name, ones in told.items())
    return write_cell(value)
