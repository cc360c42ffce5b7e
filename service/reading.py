"""The `show`, `render` and `query` commands: read what has been recorded."""

from pathlib import Path

from schemas.episode import Episode
from schemas.errors import InputError
from schemas.messages import Message
from schemas.settings import WorkspaceSettings
from service.printing import CONSOLE, print_json, print_reasons, print_table


def show_episode(prefix: str, *, as_json: bool) -> None:
    """Print an episode as a conversation, or as JSON."""
    from records import open_store

    workspace = WorkspaceSettings()
    if workspace.store_url is None and not workspace.workspace.is_dir():
        raise InputError(f"no episode: there is no workspace at {workspace.workspace}, make one by `workpiece run`")
    with open_store(workspace.database_url, workspace.files_folder) as store:
        episode = store.find_episode(prefix)
    if as_json:
        print_json(episode)
        return
    _print_episode(episode)


def show_query(sql: str, *, as_json: bool) -> None:
    """Print the answer of a query over the exported data sets."""
    from records import query

    answer = query(sql, WorkspaceSettings().datasets_folder)
    if as_json:
        print_json([dict(zip(answer.columns, row, strict=True)) for row in answer.rows])
    else:
        print_table(f"{len(answer.rows)} rows", answer.columns, answer.rows)


def render_subject(prefix: str, output: Path | None) -> None:
    """Draw a benchmark with its expected solution, or an episode's last design, and say where the pictures are."""
    from schemas.settings import read_one_shot_settings
    from steps.context import open_context
    from steps.rendering import draw_design, write_pictures

    settings = read_one_shot_settings()
    with open_context(settings, "render") as context:
        scene_hash, design_hash = context.store.find_subject(prefix)
        scene = context.store.load_bundle_files(scene_hash)
        design = context.store.load_bundle_files(design_hash) if design_hash else {}
        folder = output or settings.workspace.pictures_folder / f"{scene_hash[:12]}-{(design_hash or 'empty')[:12]}"
        if output is not None and output.exists():
            raise InputError(f"{output} exists already: name a new folder")
        for path in write_pictures(folder, draw_design(context, scene, design)):
            CONSOLE.print(str(path), highlight=False)


def _print_episode(episode: Episode) -> None:
    CONSOLE.rule(f"episode {episode.key.episode_id[:12]} · {episode.key.engineer} · {episode.outcome.value}")
    for message in episode.messages:
        _print_message(message)
    CONSOLE.rule("used")
    print_table("", ("what", "amount"), episode.use.model_dump().items())
    print_reasons(episode.reasons)


def _print_message(message: Message) -> None:
    body = message.body.model_dump(mode="json", exclude={"kind"})
    CONSOLE.print(f"[bold]{message.seq:>4} {message.author}[/] [dim]{message.body.kind}[/]")
    for name, value in body.items():
        if value not in (None, "", [], {}):
            CONSOLE.print(f"     {name}: {value}", highlight=False, markup=False)
