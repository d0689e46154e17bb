"""The numbers as a page of Markdown."""

import units
from goals import reached
from workloads import WORKLOADS

SIZES = {
    "quick": "A quick run: few samples, short measurements.",
    "usual": "Epochs of training are taken from a part of MNIST and scaled to 60,000 images.",
    "full": "Epochs of training are of all 60,000 images.",
}


def table(header, rows):
    lines = ["| " + " | ".join(header) + " |", "|---" * len(header) + "|"]
    return "\n".join(lines + ["| " + " | ".join(row) + " |" for row in rows])


def markdown(results, charts):
    parts = [
        "# tintype and its peers",
        "`benches/peers/run` writes this page. All programs start from the same weights, give the same outputs for the "
        "same inputs (to 1e-4), and have the same loss in their first epoch (to 10%). Each runs on one core, in turn: as "
        "people write it, and in the fastest way that we know for its library. The Rust libraries but tintype are built "
        "for this very processor, with link-time optimization.",
        f"{results.processor}; {', '.join(results.versions)}. {SIZES[results.size]} Rounds: "
        f"{results.rounds}; the numbers are medians over them. In brackets: how many times as long as tintype, the "
        "median of the ratios in each round. The fastest peer is in bold type.",
        *(f"![{alt}]({name})" for name, alt in charts),
        *(section(results, workload) for workload in WORKLOADS.values() if results.labels(workload.name)),
        "## Goals",
        "How many times as fast as the other tintype is, and is to be.",
        goals(results),
    ]
    if results.failures:
        rows = [[one["workload"], one["label"], one["message"].replace("|", "/")] for one in results.failures]
        parts += ["## Errors", table(["workload", "program", "what happened"], rows)]
    return "\n\n".join(parts) + "\n"


def section(results, workload):
    metrics = [metric for metric in workload.metrics if results.labels(workload.name, metric)]
    labels = results.labels(workload.name)
    header = ["", *(f"{units.title(workload, metric)}, {units.unit(workload, metric)}" for metric in metrics)]
    rows = [[label, *(cell(results, label, workload, metric) for metric in metrics)] for label in labels]
    text = f"## {workload.name}: {workload.title}\n\n{table(header, rows)}"
    notes = [note for label in labels if (note := idle(results, label, workload))]
    return "\n\n".join([text, *notes])


def cell(results, label, workload, metric):
    seconds = results.seconds(label, workload.name, metric)
    if seconds is None:
        return ""
    text = units.text(units.shown(workload, metric, seconds))
    if label == "tintype":
        return text
    text += f" ({units.text(results.ratio(label, workload.name, metric))})"
    return f"**{text}**" if label == results.fastest(workload.name, metric) else text


def idle(results, label, workload):
    """A remark on Keras, whose `fit` sleeps at the end of an epoch."""
    seconds, busy = (take(label, workload.name, "train32") for take in (results.seconds, results.busy))
    if results.peer(label) != "Keras" or seconds is None:
        return None
    busy, unit = units.text(units.shown(workload, "train32", busy)), units.unit(workload, "train32")
    return f"In training with batches of 32, {label} kept the processor busy for {busy} {unit}; the rest is waiting."


def goals(results):
    rows = []
    for goal, label, factor in reached(results):
        workload = WORKLOADS[goal.workload]
        against = label if goal.against in label else f"{goal.against}: {label}"
        subject = f" on {goal.subject.split(', ')[1]}" if goal.subject != "tintype" else ""
        what = f"{goal.workload}: {units.title(workload, goal.metric)}{subject}"
        met = "yes" if factor >= goal.factor else "no"
        rows.append([what, against, f"{goal.factor:g}", f"{factor:.2f}", met])
    return table(["", "held against", "goal", "measured", "reached"], rows)
