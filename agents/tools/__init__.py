"""The tools of an engineer, in one registry; an unknown or failing one is an answer, never the end of the episode."""

import json
from collections.abc import Mapping

from agents.tools import acts, papers, preview
from agents.tools.tool import Done, Tool, make_tool
from agents.tools.toolbox import Toolbox, refuse
from schemas.record import hash_parts

PLAIN = (
    papers.read_problem,
    papers.read_todo,
    papers.update_todo,
    papers.prepare_context,
    papers.list_files,
    papers.read_file,
    papers.write_file,
    papers.edit_file,
    papers.lint,
    preview.run_program,
    preview.measure,
    preview.check_part,
    preview.compare_processes,
    preview.price_assembly,
    preview.render,
    preview.simulate,
    papers.search_components,
    papers.explain_rule,
    papers.search_skills,
    papers.read_skill,
    acts.refuse_plan,
    acts.ask_architect,
)
TOOLS: Mapping[str, Tool] = {
    tool.name: tool for tool in (*(make_tool(function) for function in PLAIN), make_tool(acts.submit, counted=True))
}


def identify_tools(tools: Mapping[str, Tool]) -> str:
    """Return a hash of tools as models see them."""
    return hash_parts(*(f"{one.name} {one.purpose} {json.dumps(one.schema)} {one.counted}" for one in tools.values()))


__all__ = ["TOOLS", "Done", "Tool", "Toolbox", "identify_tools", "make_tool", "refuse"]
