"""The tools of an engineer, in one registry; an unknown or failing one is an answer, never the end of the episode."""

import json
from collections.abc import Mapping

from agents.tools import catalogue, files, plan, preview, refusal, submission
from agents.tools.tool import Tool, ToolAnswer, make_tool
from agents.tools.toolbox import Toolbox, refuse
from schemas.record import hash_parts

PLAIN = (
    plan.read_problem,
    plan.read_todo,
    plan.update_todo,
    plan.prepare_context,
    files.list_files,
    files.read_file,
    files.write_file,
    files.edit_file,
    files.lint,
    preview.run_program,
    preview.measure,
    preview.check_part,
    preview.compare_processes,
    preview.price_assembly,
    preview.render,
    preview.simulate,
    catalogue.search_components,
    catalogue.explain_rule,
    plan.search_skills,
    plan.read_skill,
    refusal.refuse_plan,
    plan.ask_architect,
)
TOOLS: Mapping[str, Tool] = {
    tool.name: tool
    for tool in (*(make_tool(function) for function in PLAIN), make_tool(submission.submit, counted=True))
}


def identify_tools(tools: Mapping[str, Tool]) -> str:
    """Return a hash of tools as models see them."""
    return hash_parts(*(f"{one.name} {one.purpose} {json.dumps(one.schema)} {one.counted}" for one in tools.values()))


__all__ = ["TOOLS", "Tool", "ToolAnswer", "Toolbox", "identify_tools", "make_tool", "refuse"]
