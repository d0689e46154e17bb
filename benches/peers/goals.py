"""How many times as fast as its peers tintype is to be."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Goal:
    workload: str
    metric: str
    factor: float
    # A library (the fastest of its ways), a library with its way, or the fastest of all.
    against: str
    # What is to be so fast.
    subject: str = "tintype"


FASTEST = "the fastest peer"
GOALS = (
    Goal("A", "train32", 2.0, FASTEST),
    Goal("A", "train32", 3.0, "Keras, fit"),
    Goal("A", "train32", 3.0, "PyTorch, as written"),
    Goal("A", "train32", 1.8, "tintype", subject="tintype, 2 threads"),
    Goal("A", "infer1", 1.2, "ONNX Runtime"),
    Goal("A", "infer256", 1.4, "ONNX Runtime"),
    Goal("B", "train32", 1.5, "JAX, scan"),
    Goal("B", "train32", 5.0, "PyTorch"),
    Goal("B", "infer1", 3.0, "ONNX Runtime"),
    Goal("C", "train32", 4.0, "JAX, scan"),
    Goal("C", "infer1", 80.0, "ONNX Runtime"),
    Goal("E", "train32", 2.0, FASTEST),
    Goal("E", "train2048", 2.0, FASTEST),
    Goal("E", "infer1", 2.0, "ONNX Runtime"),
)


def reached(results):
    """Each goal that was measured, with what it was held against and the factor that was reached."""
    for goal in GOALS:
        labels = results.labels(goal.workload, goal.metric)
        if goal.against == FASTEST:
            label = results.fastest(goal.workload, goal.metric)
        elif goal.against in labels:
            label = goal.against
        else:
            label = results.fastest(goal.workload, goal.metric, goal.against)
        if label and goal.subject in labels:
            yield goal, label, results.ratio(label, goal.workload, goal.metric, to=goal.subject)
