"""The graph of architect, engineer, tools and critic over one episode's log."""

import json
from collections.abc import Mapping

import dspy

from agents.engineer.asking import Asker, check_limits, defuse
from agents.engineer.engineer_signatures import (
    CHECK_LISTS,
    AnswerQuestion,
    Occasion,
    PlanDraft,
    Step,
    WorkTurn,
    WritePlan,
    WriteReview,
)
from agents.models.sent import plain_name, read_arguments, shorten_arguments
from agents.prompts import Prompt
from agents.protocols import EpisodeEnd, LogEntry
from agents.tools import Tool, Toolbox
from agents.tools.plan import prepare_context
from schemas.episode import EpisodeUse
from schemas.llm import AgentRole
from schemas.messages import (
    ErrorRaised,
    Plan,
    Question,
    Refusal,
    Review,
    Thought,
    TodoItem,
    TodoUpdate,
    ToolReturn,
    VerdictGiven,
)
from schemas.reasons import Outcome

MOST_SHOWN = 20_000
EVIDENCE = 8
"""How many of the last tool answers a critic and an architect are shown."""


class EngineerGraph:
    """One episode's way through the roles."""

    def __init__(self, toolbox: Toolbox, asker: Asker, prompts: Mapping[str, Prompt]) -> None:
        self._toolbox, self._log, self._asker = toolbox, toolbox.log, asker
        self._plan_step = Step(WritePlan, prompts["architect"])
        self._answer_step = Step(AnswerQuestion, prompts["architect"])
        self._turn_step = Step(WorkTurn, prompts["engineer"])
        self._review_step = Step(WriteReview, prompts["critic"])
        self._tools = [show_tool(tool) for tool in toolbox.tools.values()]
        self._history: list[dict[str, object]] = []
        self._news: list[str] = []
        self._views: list[str] = []  # what was rendered last, and whether the engineer has yet to see it
        self._unseen = False
        self._refused_once: set[str] = set()

    def run(self) -> EpisodeEnd:
        """Plan, then let the engineer take turns until it is over."""
        self._plan("")
        while True:
            calls, before = self._turn(), self._toolbox.use
            for number, call in enumerate(calls, 1):
                if number > 1:
                    self._check_limits(call, before)
                ending = self._do(f"call_{len(self._log.calls)}_{number}", call)
                if ending is not None:
                    return ending

    def _check_limits(self, call: dspy.ToolCalls.ToolCall, before: EpisodeUse) -> None:
        """Raise EpisodeOver before a call where those of the same reply before it have used a budget up.

        The turn that the reply took is paid for.
        """
        limits = self._toolbox.limits
        paid = limits.model_copy(update={"turns": max(limits.turns, before.turns + 1)})
        check_limits(self._log, paid, simulating=call.name == "simulate" and before.previews < limits.previews)

    def _plan(self, news: str) -> None:
        """Let the architect write a plan, again until it can be read and its items are in order."""
        toolbox = self._toolbox
        scene, skills = json.dumps(prepare_context(toolbox).body), toolbox.describe_skills()
        given = {"problem": toolbox.problem.statement, "scene": scene, "skills": skills}
        while True:
            answer = self._asker.ask("architect", self._plan_step, {**given, "news": news})
            draft: PlanDraft | None = None if answer is None else answer.plan
            fault = None if draft is None else find_disorder(draft.items)
            if draft is not None and fault is None:
                break
            if fault is not None:
                self._log.say("system", ErrorRaised(error_type="plan", text=fault, infrastructure=False))
            news = f"{news}\n{fault or self._asker.last_error}".strip()
        done = {item.id for item in toolbox.todo.values() if item.status == "done"}
        kept = (item.model_copy(update={"status": "done" if item.id in done else "open"}) for item in draft.items)
        items = tuple(kept)
        version = 1 if toolbox.plan is None else toolbox.plan.version + 1
        self._log.say("architect", Plan(version=version, text=draft.text, items=items, claims=draft.claims))
        self._news.append(f"Plan {version} of the architect:\n{draft.text}\nTODO:\n{_list_items(items)}")

    def _turn(self) -> list[dspy.ToolCalls.ToolCall]:
        """Let the engineer take one turn; return the tools that it calls."""
        first = {} if self._history else {"problem": self._toolbox.problem.statement}
        news = {"news": "\n\n".join(self._news)} if self._news else {}
        views = self._look("engineer") if self._unseen else {}
        given = {**first, **news, **views, "history": dspy.History(messages=self._history), "tools": self._tools}
        answer = self._asker.ask("engineer", self._turn_step, given)
        if answer is None:
            self._news.append(self._asker.last_error)
            return []
        self._news.clear()
        self._unseen = False
        thought = str(answer.thought or "")[:MOST_SHOWN]
        if thought:
            self._log.say("engineer", Thought(text=thought))
        calls: list[dspy.ToolCalls.ToolCall] = [] if answer.tool_calls is None else answer.tool_calls.tool_calls
        if not calls:
            self._news.append("You called no tool: go on with one, and hand in your design by `submit`.")
        self._history.append({**first, **news, "thought": thought})
        return [call.model_copy(update={"args": read_arguments(json.dumps(call.args))}) for call in calls]

    def _do(self, call_id: str, call: dspy.ToolCalls.ToolCall) -> EpisodeEnd | None:
        """Do one tool call with what it sets off; return how the episode ends if it does."""
        self._toolbox.announce(call_id, call.name, call.args)
        objection = self._object(call) if call.name == "submit" else None
        entry = self._toolbox.perform(call_id, call.name, call.args, objection)
        self._show(call_id, call, entry)
        for _, body in entry.said:
            if isinstance(body, Question):
                self._answer(body.text)
            elif isinstance(body, Refusal) and body.confirmed is None:
                self._review_refusal(body, entry)
            elif isinstance(body, VerdictGiven):
                return self._follow(body)
        return None

    def _show(self, call_id: str, call: dspy.ToolCalls.ToolCall, entry: LogEntry) -> None:
        """Put a call and its answer into the conversation."""
        back = entry.answer
        if call.name == "render" and back.ok:
            self._views, self._unseen = json.loads(back.body)["views"], True
        shown = back.body if len(back.body) <= MOST_SHOWN else f"{back.body[:MOST_SHOWN]} … (cut)"
        said = {"name": plain_name(call.name), "args": shorten_arguments(call.args)}
        made = dspy.ToolCalls(tool_calls=[{"id": call_id, **said}])
        results = dspy.ToolCallResults.from_tool_calls_and_values(made, [defuse(shown)], [not back.ok])
        event = {"tool_calls": made.model_copy(update={"tool_call_results": results})}
        if "tool_calls" in self._history[-1]:
            self._history.append({"thought": "", **event})
        else:
            self._history[-1] |= event

    def _object(self, call: dspy.ToolCalls.ToolCall) -> str | None:
        """Let the critic review a design before it is handed in; a second try of the same program goes through."""
        name = str(call.args.get("name", ""))
        file = self._toolbox.files.get(name)
        if file is None or not name.endswith(".py") or file.sha256 in self._refused_once:
            return None
        review = self._review("before_submission", self._toolbox.read(name))
        if review.accepted:
            return None
        self._refused_once.add(file.sha256)
        return f"The critic objects: {_describe_review(review)}\nSubmit the same program again if you insist."

    def _follow(self, verdict: VerdictGiven) -> EpisodeEnd | None:
        """End with a design that passed or the last that failed; otherwise let critic and architect learn from it."""
        if verdict.passed:
            return EpisodeEnd(Outcome.SOLVED)
        if verdict.submission >= self._toolbox.limits.max_submissions:
            return EpisodeEnd(Outcome.BUDGET_SUBMISSIONS, verdict.reasons)
        review = self._review("after_failure", "")
        failed = f"Submission {verdict.submission} failed: {verdict.model_dump_json(exclude={'kind'})}"
        self._plan(f"{self._describe_plan()}\n{failed}\n{_describe_review(review)}")
        return None

    def _review_refusal(self, refusal: Refusal, entry: LogEntry) -> None:
        """Let the critic confirm or reject a refusal whose proof holds; confirmed, the architect plans anew."""
        proof = entry.answer.body
        review = self._review("refusal", proof)
        self._log.say("critic", refusal.model_copy(update={"confirmed": review.accepted}))
        if not review.accepted:
            self._news.append(f"The critic rejects your refusal, go on: {_describe_review(review)}")
            return
        if refusal.item is not None:
            self._log.say("critic", TodoUpdate(item=refusal.item, status="refused"))
        self._plan(f"{self._describe_plan()}\nRefused by proof ({refusal.proof}): {proof}")

    def _answer(self, question: str) -> None:
        """Let the architect answer a question."""
        given = {"problem": self._toolbox.problem.statement, "plan": self._describe_plan(), "question": question}
        answer = self._asker.ask("architect", self._answer_step, given)
        text = self._asker.last_error if answer is None else str(answer.answer)[:MOST_SHOWN]
        if answer is not None:
            self._log.say("architect", Thought(text=text))
        self._news.append(f"The architect answers: {text}")

    def _review(self, occasion: Occasion, program: str) -> Review:
        """Let the critic review against the list of an occasion; what it leaves out is not accepted."""
        given = {
            "occasion": occasion,
            "problem": self._toolbox.problem.statement,
            "plan": self._describe_plan(),
            "program": program,
            "evidence": self._gather_evidence(),
            **self._look("critic"),
        }
        return self._asker.review("critic", self._review_step, CHECK_LISTS[occasion], given)

    def _look(self, role: AgentRole) -> dict[str, list[dspy.Image]]:
        """Return the input field of what was rendered last, for a role whose model sees."""
        pictures = self._asker.look(role, [self._toolbox.files[name].sha256 for name in self._views])
        return {"views": pictures} if pictures else {}

    def _gather_evidence(self) -> str:
        answers = [body for body in self._toolbox.bodies if isinstance(body, ToolReturn | VerdictGiven)]
        return "\n".join(body.model_dump_json(exclude={"program_cpu_s"})[:MOST_SHOWN] for body in answers[-EVIDENCE:])

    def _describe_plan(self) -> str:
        plan = self._toolbox.plan
        claims = "" if plan is None else ", ".join(f"{c.name} = {c.value:g} {c.unit}" for c in plan.claims)
        items = tuple(self._toolbox.todo.values())
        return "" if plan is None else f"{plan.text}\nClaims: {claims}\nTODO:\n{_list_items(items)}"


def show_tool(tool: Tool) -> dspy.Tool:
    """Return a tool as models see it; it is never called through DSPy."""
    return dspy.Tool(lambda: None, name=tool.name, desc=tool.purpose, args=tool.schema, arg_types={})


def find_disorder(items: tuple[TodoItem, ...]) -> str | None:
    """Return what is wrong with the order of a TODO list, or None: ids once, and each item after what it depends on."""
    seen: set[str] = set()
    for item in items:
        missing = sorted(set(item.depends_on) - seen)
        if item.id in seen or missing:
            return f"item '{item.id}' " + (f"must come after {', '.join(missing)}" if missing else "is there twice")
        seen.add(item.id)
    return None


def _list_items(items: tuple[TodoItem, ...]) -> str:
    return "\n".join(
        f"- {item.id} [{item.status}]{' after ' + ', '.join(item.depends_on) if item.depends_on else ''}: {item.text}; "
        f"done when: {item.acceptance}"
        for item in items
    )


def _describe_review(review: Review) -> str:
    points = "; ".join(f"{p.point} {'ok' if p.ok else 'NOT ok'}: {p.evidence}" for p in review.points)
    return f"{review.text}\n{points}".strip()
