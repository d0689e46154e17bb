"""What the numbers of a metric mean to a reader."""

IMAGES = 60_000


def title(workload, metric):
    batch = int(metric[5:])
    if metric.startswith("train"):
        what = "training" if workload.classifies else "a step of training"
        return f"{what}, batch {batch:,}"
    return f"inference, batch {batch}"


def unit(workload, metric):
    if metric.startswith("train"):
        return f"s per {IMAGES:,} images" if workload.classifies else "µs"
    if metric == "infer1":
        return "µs" if workload.classifies else "ns"
    return "images/s"


def is_rate(workload, metric):
    """Whether more is better."""
    return unit(workload, metric) == "images/s"


def shown(workload, metric, seconds):
    """The number in its unit, from seconds per sample in training, per call in inference."""
    batch = int(metric[5:])
    if metric.startswith("train"):
        return seconds * IMAGES if workload.classifies else seconds * batch * 1e6
    if metric == "infer1":
        return seconds * (1e6 if workload.classifies else 1e9)
    return batch / seconds


def text(number):
    """Three digits that mean something."""
    if number >= 100:
        rounded = float(f"{number:.3g}")
        return f"{rounded:,.0f}"
    return f"{number:.3g}" if number < 10 else f"{number:.1f}"
