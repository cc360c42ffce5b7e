"""The `show`, `render`, `query` and `export` commands: read what has been recorded."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from records import Store
from records.listing import list_episodes
from schemas.errors import InputError
from schemas.messages import Message
from schemas.settings import Settings, read_one_shot_settings, read_settings
from service.findings import print_reasons
from service.printing import print_json, print_line, print_rule, print_table
from service.progress import open_shown, show_bar
from steps.context import open_workspace
from steps.progress import tell_stage


@contextmanager
def open_recorded(settings: Settings) -> Iterator[Store]:
    """Open the store of a workspace that is there; raises InputError where there is none."""
    workspace = settings.workspace
    if workspace.store_url is None and not workspace.workspace.is_dir():
        raise InputError(f"no workspace at {workspace.workspace}, so no episode either: make one by `workpiece run`")
    with open_workspace(settings) as (store, _):
        yield store


def show_episode(prefix: str, *, as_json: bool) -> None:
    """Print an episode as a conversation, or as JSON."""
    with open_recorded(read_settings()) as store:
        episode = store.find_episode(_find_episode_of(store, prefix))
    if as_json:
        print_json(episode)
        return
    print_rule(f"episode {episode.key.episode_id[:12]} · {episode.key.engineer} · {episode.outcome.value}")
    for message in episode.messages:
        _print_message(message)
    print_rule("used")
    print_table("", ("what", "amount"), episode.use.model_dump().items())
    print_reasons(episode.reasons)


def _find_episode_of(store: Store, prefix: str) -> str:
    """Return the id of an episode, or of the only one on a benchmark; raises InputError for none or several."""
    try:
        return store.find_episode(prefix).key.episode_id
    except InputError:
        try:
            item_id = store.find_benchmark(prefix).draft.key.item_id
        except InputError as neither:
            raise InputError(f"{neither}; no episode either") from neither
    found = [str(row["episode_id"]) for row in list_episodes(store, item_id)]
    if len(found) != 1:
        known = ", ".join(one[:12] for one in found) or "none"
        raise InputError(f"benchmark {prefix} has {len(found)} episodes, name one: {known}")
    return found[0]


def show_query(sql: str, *, as_json: bool) -> None:
    """Print the answer of a query over the exported data sets."""
    from records import query

    answer = query(sql, read_settings().workspace.datasets_folder)
    if as_json:
        print_json([dict(zip(answer.columns, row, strict=True)) for row in answer.rows])
    else:
        print_table(f"{len(answer.rows)} rows", answer.columns, answer.rows)


def export_datasets(*, as_json: bool) -> None:
    """Write what is new in the store to the data sets, and say how much that is."""
    from records import export

    settings = read_settings()
    folder = settings.workspace.datasets_folder
    with open_recorded(settings) as store, show_bar():
        tell_stage("export")
        report = export(store, folder)
    if as_json:
        print_json(report)
    else:
        print_line(f"{report.rows} rows in {len(report.files)} new files of {folder}")


def render_subject(prefix: str, output: Path | None) -> None:
    """Draw a benchmark with its expected solution, or an episode's last design, and say where the pictures are."""
    from steps.rendering import draw_design, write_pictures

    settings = read_one_shot_settings()
    with open_shown(settings, "render") as context:
        scene_hash, design_hash = context.store.find_subject(prefix)
        scene = context.store.load_bundle_files(scene_hash)
        design = context.store.load_bundle_files(design_hash) if design_hash else {}
        folder = output or settings.workspace.pictures_folder / f"{scene_hash[:12]}-{(design_hash or 'empty')[:12]}"
        if output is not None and output.exists():
            raise InputError(f"{output} exists already: name a new folder")
        pictures = write_pictures(folder, draw_design(context, scene, design))
    for path in pictures:
        print_line(str(path))


def _print_message(message: Message) -> None:
    body = message.body.model_dump(mode="json", exclude={"kind"})
    print_line(f"{message.seq:>4} {message.author} {message.body.kind}", "bold")
    for name, value in body.items():
        if value not in (None, "", [], {}):
            print_line(f"     {name}: {value}")
