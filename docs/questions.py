"""A notebook over the sample: `marimo edit docs/questions.py`; run as a program it draws docs/questions.png."""

import marimo

app = marimo.App()


@app.cell
def _():
    from pathlib import Path

    import matplotlib

    matplotlib.use("agg")
    import matplotlib.pyplot as plt
    import pandas as pd

    from records import query
    from records.questions import QUESTIONS

    folder = Path(__file__).parent.parent / "data" / "sample"

    def ask(name):
        """Return the answer of a question as a pandas data frame."""
        sql = next(question.sql for question in QUESTIONS if question.name == name)
        answer = query(sql, folder)
        return pd.DataFrame(answer.rows, columns=answer.columns)

    return QUESTIONS, ask, plt


@app.cell
def _(QUESTIONS, ask):
    answers = {question.name: ask(question.name) for question in QUESTIONS}
    return (answers,)


@app.cell
def _(answers, plt):
    figure, ((rate, reasons), (cost, price)) = plt.subplots(2, 2, figsize=(11, 8), layout="constrained")
    solved = answers["solve_rate"].groupby("family")[["rate", "low", "high"]].mean()
    errors = [solved.rate - solved.low, solved.high - solved.rate]
    rate.errorbar(solved.rate, range(len(solved)), xerr=errors, fmt="o")
    rate.set(yticks=range(len(solved)), yticklabels=solved.index, xlim=(0, 1.02), title="solved, 95 % interval")
    reasons.barh(answers["reasons"].code.head(10), answers["reasons"].tries.head(10))
    reasons.set_title("why tries fail")
    for number, (family, designs) in enumerate(answers["cost_and_mass"].groupby("family")):
        cost.loglog(designs.cost_usd, designs.mass_g, "o^s"[number // 10], label=family)
    cost.set(xlabel="unit cost, USD", ylabel="mass, g", title="designs that pass")
    cost.legend(fontsize="x-small")
    paid = answers["price_per_process"].groupby("process").usd_an_assembly.sum()
    price.barh(paid.index, paid)
    price.set_title("USD an assembly, by process")
    return (figure,)


if __name__ == "__main__":
    _, defined = app.run()
    defined["figure"].savefig(__file__.replace(".py", ".png"), dpi=90)
