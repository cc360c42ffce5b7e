"""Judges a design against a stored benchmark, and certifies what passes."""

from collections.abc import Mapping

from agents.protocols import Built
from schemas.jobs import AppraiseDesign, AppraiseReply, Budgets, Draws, JudgeDesign, JudgeReply
from schemas.verdict import Verdict
from steps.building import design_files, scene_files
from steps.context import RunContext
from steps.sandboxes import require


def judge_design(
    context: RunContext, scene: Mapping[str, bytes], design: Built, budgets: Budgets | None, draws: Draws
) -> Verdict:
    """Return the verdict on a built design; raises InfrastructureError if the judge's sandbox failed."""
    files = scene_files(scene) | design_files(design.files)
    return ask_judge(context, JudgeDesign(draws=draws, budgets=budgets), files).verdict


def ask_judge(context: RunContext, job: JudgeDesign, files: Mapping[str, bytes]) -> JudgeReply:
    """Return the judge's reply, its verdict with the terms that it was asked for under."""
    reply = require(JudgeReply, context.call(job, files))
    verdict = reply.verdict.model_copy(update={"terms": job.draws.terms(job.budgets)})
    return reply.model_copy(update={"verdict": verdict})


def appraise_design(context: RunContext, scene: Mapping[str, bytes], design: Built) -> AppraiseReply:
    """Return a built design's findings, price and mass, or the reasons why it can't be made."""
    answer = context.call(AppraiseDesign(), scene_files(scene) | design_files(design.files))
    return require(AppraiseReply, answer)
