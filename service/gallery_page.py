"""Writes the gallery: one static page without scripts, whose pictures lie beside it."""

from collections.abc import Iterable, Sequence
from html import escape
from itertools import groupby
from typing import NamedTuple

from schemas.benchmark import Benchmark

HEAD = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy"
 content="default-src 'none'; img-src 'self' file: data:; style-src 'unsafe-inline'">
<link rel="icon" href="data:,">
<title>Workpiece: gallery</title>
<style>
:root { color-scheme: light dark; --line: #8885; --quiet: #666; --paper: #fff; }
@media (prefers-color-scheme: dark) { :root { --quiet: #aaa; --paper: #222; } }
body { margin: 0 auto; max-width: 1200px; padding: 1rem; font: 16px/1.5 system-ui, sans-serif; }
h1 { font-size: 1.5rem; } h2 { font-size: 1.25rem; margin: 2.5rem 0 .5rem; } h3 { font-size: 1rem; margin: 0; }
nav { display: flex; flex-wrap: wrap; gap: .25rem 1rem; }
article { border: 1px solid var(--line); border-radius: .5rem; background: var(--paper);
 padding: 1rem; margin: 1rem 0; }
.pictures { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 300px), 1fr)); gap: 1rem; }
figure { margin: .75rem 0; max-width: 480px; } img { width: 100%; height: auto; border-radius: .25rem; display: block; }
figcaption, .facts { color: var(--quiet); font-size: .875rem; }
dl { display: flex; flex-wrap: wrap; gap: .25rem 1.5rem; margin: .25rem 0; } dl div { display: flex; gap: .4rem; }
dt::after { content: ":"; } dd { margin: 0; font-weight: 600; }
p { margin: .5rem 0; } pre { white-space: pre-wrap; overflow-wrap: anywhere; font: inherit; }
code { overflow-wrap: anywhere; } summary { cursor: pointer; }
</style>
</head>
<body>
"""
CAPTIONS = {
    "scene": "How it begins, and the way of what is to be moved when nothing is done",
    "nothing": "Doing nothing",
    "solution": "The expected solution",
}
"""Pictures of a benchmark, by name, in their order."""


class Shown(NamedTuple):
    """A benchmark with the file names of its pictures, by the names in CAPTIONS."""

    benchmark: Benchmark
    pictures: dict[str, str]


def write_page(shown: Sequence[Shown]) -> str:
    """Return the page; what programs and models wrote stands in it as text."""
    ordered = sorted(shown, key=lambda one: (one.benchmark.key.family, one.benchmark.key.label))
    families = [(family, list(ones)) for family, ones in groupby(ordered, key=lambda one: one.benchmark.key.family)]
    links = [f'<a href="#{escape(family)}">{escape(family)} ({len(ones)})</a>' for family, ones in families]
    title = f"<h1>{len(shown)} benchmark{'' if len(shown) == 1 else 's'}</h1>"
    sections = [part for family, ones in families for part in _write_family(family, ones)]
    return "\n".join([f"{HEAD}{title}", f"<nav>{' '.join(links)}</nav>", *sections, "</body>\n</html>\n"])


def _write_family(family: str, shown: Iterable[Shown]) -> list[str]:
    return [f'<section id="{escape(family)}">', f"<h2>{escape(family)}</h2>", *map(_write_one, shown), "</section>"]


def _write_one(shown: Shown) -> str:
    one, pictures = shown
    task, _, facts = one.statement.partition("\n\n")
    figures = [_write_picture(name, pictures[name], task) for name in CAPTIONS if name in pictures]
    fails = "; ".join(f"{reason.message} ({reason.code.value})" for reason in one.report.nothing_reasons)
    name = one.benchmark_id or one.key.item_id
    return "\n".join(
        [
            f'<article id="{name[:12]}">',
            f"<h3>{escape(task)}</h3>",
            _write_facts(one),
            f'<div class="pictures">{"".join(figures)}</div>',
            f"<p><b>Doing nothing:</b> {escape(fails)}</p>",
            f"<details><summary>The whole statement</summary><pre>{escape(facts)}</pre></details>",
            f'<p class="facts">benchmark <code>{escape(name)}</code></p>',
            "</article>",
        ]
    )


def _write_facts(one: Benchmark) -> str:
    rated = "not rated" if one.difficulty is None else f"{one.difficulty} of 5"
    facts = {"family": one.key.family, "difficulty": rated, "split": one.draft.split, "state": one.state.value}
    if (budgets := one.budgets) is not None:
        facts |= {"cost at most": f"{budgets.max_cost_usd:g} USD", "mass at most": f"{budgets.max_mass_g:g} g"}
    parts = [f"<div><dt>{name}</dt><dd>{escape(value)}</dd></div>" for name, value in facts.items()]
    return f'<dl class="facts">{"".join(parts)}</dl>'


def _write_picture(name: str, file: str, task: str) -> str:
    caption = CAPTIONS[name]
    picture = f'<img src="{escape(file)}" width="480" height="360" loading="lazy" alt="{escape(f"{caption}: {task}")}">'
    return f"<figure>{picture}<figcaption>{caption}</figcaption></figure>"
