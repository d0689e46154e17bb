"""The numbers as a page of Markdown, with what bends the curves."""

from chart import rate

# The load beyond which another program had a core at times.
BUSY = 0.5


def page(results):
    busy = results["load"] > BUSY
    note = f"{results['processor']} ({', '.join(results['caches'])}), one thread, f32"
    machine = f", a busy machine (load {results['load']:.1f}): compare shapes of curves rather than times" if busy else ""
    parts = [
        "# How cost grows",
        "`benches/growth/run` writes this page. " + note + machine + ". Of each time the minimum over many repetitions, and in "
        "brackets the median. " + ("A quick run: short measurements. " if results["quick"] else "")
        + "A training step is forward, backward and Adam, with the mean squared error.",
        "![Four panels: time for each sample against the batch, GFLOP/s against the width, run time and compile time "
        "against the depth](growth.svg)",
        *batch(results),
        *width(results),
        *depth(results),
        *compilation(results),
    ]
    return "\n\n".join(parts) + "\n"


def batch(results):
    passes = {(done, size): (least, median) for done, size, least, median in results["batch"]}
    sizes = sorted({size for _, size in passes})
    rows = [[f"{size:,}", *(micro(*passes[done, size], size) for done in ("forward", "training"))] for size in sizes]
    alone, many = (passes["training", size][0] / size for size in (1, 256))
    return [
        "## Batch",
        "Dense 784-128-64-10 with ReLU; microseconds for each sample.",
        table(["batch", "forward", "training step"], rows),
        "- **Forward** bends once: with one sample each weight is read for one multiply-accumulate; with several the register tile "
        "uses a weight for each of its rows. From 32 samples on, `predict` takes them 32 at a time, and so the curve is flat. "
        "Beyond the caches the inputs, 3 KB a sample, come from memory.\n"
        "- **Training** has a cost for each step that no sample changes: the gradient is checked to be finite, and Adam goes through "
        f"109,386 parameters with three numbers each beside the gradient. The first sample pays it alone ({micro_text(alone)} µs); at 256 "
        f"it is shared ({micro_text(many)} µs), and the step costs about what its multiply-accumulates cost.",
    ]


def width(results):
    widths = sorted({row[0] for row in results["width"]})
    rates = {(at, size): [rate(at, size, seconds) for seconds in (least, median)]
             for at, _, size, least, median in results["width"]}
    rows = []
    for at in widths:
        cells = [f"{rates[at, size][0]:.1f} ({rates[at, size][1]:.1f})" for size in (1, 32)]
        rows.append([f"{at:,}", kibibytes(4 * 3 * at * (at + 1)), *cells])
    return [
        "## Width",
        "Three layers `Dense(width), Relu` on an input of the same width; GFLOP/s of a forward pass.",
        table(["width", "weights", "batch 1", "batch 32"], rows),
        "- **Narrow**: a row of outputs is a vector or two, so few sums are in flight, and the cost of a call (borrowing memory, choosing "
        "the instructions) is a share of it: some 20 ns.\n"
        "- **Batch 1** reads each weight once, so it is as fast as the cache that holds the weights. The curve rises while they fit in the "
        "first two levels and falls with each level that they leave; the last width reads "
        f"{bandwidth(results, widths[-1]):.0f} GB/s.\n"
        "- **Batch 32** reads each weight once for 32 samples, a few columns of 128 rows at a time, which then stay in the first-level cache. "
        "While the weights come from the second level, that hides; from the third it does not. Most likely because in a wide layer "
        "the next row of a column lies on another page, where no hardware prefetcher looks ahead (not verified with counters). "
        f"At {widths[-1]:,} that is {latency(results, widths):.0f} ns for each line of 64 bytes, beyond the arithmetic at the best rate "
        "of the table. On a processor with 512 KiB of second-level cache, widths beside the powers of two (496, 528, 1,008, 1,040) fell in the same way, so it is not lines that "
        "meet in one set of the cache.",
    ]


def bandwidth(results, at):
    """The weights that a forward pass of one sample reads, in GB/s."""
    seconds = next(least for width, _, size, least, _ in results["width"] if (width, size) == (at, 1))
    return 12 * at * at / seconds / 1e9


def latency(results, widths):
    """The nanoseconds for each cache line of the widest layers that the arithmetic of 32 samples does not explain."""
    times = {width: least for width, _, size, least, _ in results["width"] if size == 32}
    widest = widths[-1]
    arithmetic = min(times[width] / width**2 for width in widths) * widest**2
    return (times[widest] - arithmetic) / (12 * widest**2 / 64) * 1e9


def depth(results):
    rows = []
    for one, repeated in zip(results["depth"], results["repeat"]):
        cells = [micro(least, median, 1) for kind in (one, repeated) for _, _, least, median in kind["passes"]]
        rows.append([str(one["depth"]), *cells])
    return [
        "## Depth: run time",
        "Layers `Dense(32), Relu` on an input of 32; microseconds.",
        table(["layers", "forward, batch 1", "training, batch 32", "`Repeat`: forward, batch 1", "`Repeat`: training, batch 32"], rows),
        "A layer costs what it costs, wherever it stands: 4 KiB of weights each, from the first-level cache until the weights "
        "of some eight layers fill it, from the second beyond; that is the bend. In training the activations of all layers are kept, another "
        "4 KiB a layer with 32 samples, so it comes sooner. That layers which are written out have code of their own costs no time that "
        "is seen here: `Repeat`, with the code of one, is as fast.",
    ]


def compilation(results):
    rows = []
    for one, repeated in zip(results["depth"], results["repeat"]):
        rows.append([str(one["depth"]), *(cell for kind in (one, repeated) for cell in (
            f"{kind['wall']:.1f}", f"{kind['user']:.1f}", f"{kind['size'] / 1024:,.0f}"))])
    return [
        "## Depth: compile time and size",
        "A release build of the program alone, with its dependencies built: seconds of wall-clock and of user CPU; the stripped program in KiB, "
        "with the standard library and without weights, since none are embedded. The program has forward and training for each SIMD level.",
        table(["layers", "wall", "user", "KiB", "`Repeat`: wall", "user", "KiB"], rows),
        linearity(results["depth"]),
    ]


def linearity(depths):
    """A line through compile time and size, and how a layer's time changes along it."""
    at = [one["depth"] for one in depths]
    begin, slope, worst = line(at, [one["user"] for one in depths])
    _, bytes_each, _ = line(at, [one["size"] for one in depths])
    text = (
        f"Written out, the line through user CPU seconds is {begin:.1f} + {slope:.2f} for each layer; the farthest point is {worst:.0%} "
        f"off it. A layer more is {bytes_each / 1024:.1f} KiB of program."
    )
    user = {one["depth"]: one["user"] for one in depths}
    if {16, 64, 128} <= user.keys():
        early, late = ((user[many] - user[few]) / (many - few) for few, many in ((16, 64), (64, 128)))
        text += (
            f" From 16 to 64 layers each further one takes {early:.3f} s, from 64 to 128 {late:.3f} s, {late / early:.1f} times as long; "
            "for a cost that is linear in depth that would be 1. The whole program of 64 layers takes "
            f"{user[64] / user[16]:.1f} times as long as that of 16, that of 128 {user[128] / user[64]:.1f} times as long as that of 64."
        )
    return text + " `Repeat` compiles its block once, however often it runs."


def line(xs, ys):
    """Least squares: the value at 0, the slope, and the largest distance as a part of the value."""
    x, y = sum(xs) / len(xs), sum(ys) / len(ys)
    slope = sum((a - x) * (b - y) for a, b in zip(xs, ys)) / sum((a - x) ** 2 for a in xs)
    begin = y - slope * x
    return begin, slope, max(abs(begin + slope * a - b) / b for a, b in zip(xs, ys))


def micro(least, median, count):
    return f"{micro_text(least / count)} ({micro_text(median / count)})"


def micro_text(seconds):
    return f"{1e6 * seconds:.3g}"


def kibibytes(count):
    return f"{count / 1024:,.0f} KiB"


def table(header, rows):
    lines = ["| " + " | ".join(header) + " |", "|---" * len(header) + "|"]
    return "\n".join(lines + ["| " + " | ".join(row) + " |" for row in rows])
