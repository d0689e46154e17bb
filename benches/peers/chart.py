"""The numbers as SVG charts: a panel for each workload and metric, a bar for each library."""

import math
from html import escape

import units
from workloads import WORKLOADS

PANEL_WIDTH, GAP, MARGIN = 470, 36, 24
BAR, STEP = 14, 20
LABEL, VALUE = 104, 104
TINTYPE, OTHER, TEXT, FAINT, GRID = "#c2410c", "#a8b3c2", "#1f2937", "#6b7280", "#e5e7eb"
FONT = "font-family=\"system-ui, -apple-system, 'Segoe UI', 'DejaVu Sans', sans-serif\""
# Beyond this quotient of the largest and the smallest bar, the scale is logarithmic.
LINEAR = 12


def write(folder, results):
    """Writes the charts, and gives their names with what they show."""
    first = [(w, m) for w in WORKLOADS.values() for m in w.metrics if m in ("train32", "infer1")]
    others = [(w, m) for w in WORKLOADS.values() for m in w.metrics if m not in ("train32", "infer1")]
    charts = (
        ("peers.svg", "Training with batches of 32 and inference of one sample: tintype and its peers", first),
        ("peers-batches.svg", "Larger batches: tintype and its peers", others),
    )
    written = []
    for name, title, panels in charts:
        panels = [(w, m) for w, m in panels if results.labels(w.name, m)]
        if panels:
            (folder / name).write_text(svg(results, title, panels))
            written.append((name, title))
    return written


def bars(results, workload, metric):
    """The fastest way of each library, the fastest library first: name, number, ratio."""
    labels = results.labels(workload.name, metric)
    fastest = {results.fastest(workload.name, metric, results.peer(label)) for label in labels if label != "tintype"}
    chosen = {"tintype"} | {label for label in fastest if results.peer(label) != "tintype"}
    ordered = sorted(chosen & set(labels), key=lambda label: results.seconds(label, workload.name, metric))
    for label in ordered:
        number = units.shown(workload, metric, results.seconds(label, workload.name, metric))
        yield results.peer(label), number, results.ratio(label, workload.name, metric)


def svg(results, title, panels):
    """Two columns of panels."""
    drawn, y = [], MARGIN + 44
    for pair in (panels[i : i + 2] for i in range(0, len(panels), 2)):
        heights = []
        for column, (workload, metric) in enumerate(pair):
            x = MARGIN + column * (PANEL_WIDTH + GAP)
            text, height = panel(x, y, workload, metric, list(bars(results, workload, metric)))
            drawn.append(text)
            heights.append(height)
        y += max(heights) + GAP
    width = 2 * MARGIN + 2 * PANEL_WIDTH + GAP
    height = y - GAP + MARGIN
    note = f"{results.processor}, one core, f32. Behind each number: how many times as long as tintype."
    size = f'viewBox="0 0 {width} {height}" width="{width}" height="{height}"'
    return "\n".join([
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} {FONT}>',
        f"<title>{escape(title)}</title>",
        f'<rect width="{width}" height="{height}" rx="8" fill="#ffffff"/>',
        words(MARGIN, MARGIN + 10, title, 17, TEXT, weight=600),
        words(MARGIN, MARGIN + 30, note, 12, FAINT),
        *drawn,
        "</svg>\n",
    ])


def panel(x, y, workload, metric, bars):
    """A title, a grid and the bars; and how high they are."""
    rate = units.is_rate(workload, metric)
    numbers = [number for _, number, _ in bars]
    position, ticks = scale(min(numbers), max(numbers))
    left, width = x + LABEL, PANEL_WIDTH - LABEL - VALUE
    top = y + 34
    bottom = top + STEP * len(bars)
    unit, better = units.unit(workload, metric), "more" if rate else "less"
    scaled = ", logarithmic scale" if max(numbers) / min(numbers) > LINEAR else ""
    parts = [
        words(x, y + 8, f"{workload.name} · {workload.title}", 13, TEXT, weight=600),
        words(x, y + 24, f"{units.title(workload, metric)}: {unit}, {better} is better{scaled}", 11.5, FAINT),
    ]
    for tick in ticks:
        at = left + position(tick) * width
        parts.append(f'<path d="M{at:.1f} {top - 2}V{bottom}" stroke="{GRID}"/>')
        parts.append(words(at, bottom + 12, f"{tick:,.10g}", 10, FAINT, anchor="middle"))
    for row, (name, number, ratio) in enumerate(bars):
        line = top + row * STEP
        own = name == "tintype"
        length = max(position(number) * width, 2)
        colour, weight = (TINTYPE, 700) if own else (TEXT, 400)
        parts.append(words(left - 8, line + 11, name, 12, colour, anchor="end", weight=weight))
        fill = TINTYPE if own else OTHER
        parts.append(f'<rect x="{left}" y="{line}" width="{length:.1f}" height="{BAR}" rx="2" fill="{fill}"/>')
        value = units.text(number) + ("" if own else f"  ×{units.text(ratio)}")
        parts.append(words(left + length + 6, line + 11, value, 11.5, colour, weight=weight))
    return "\n".join(parts), bottom + 14 - y


def scale(least, most):
    """Where a number stands between 0 and 1, and the numbers that are marked."""
    if most / least <= LINEAR:
        step = 10 ** math.floor(math.log10(most))
        step = next(step * part for part in (0.2, 0.5, 1, 2, 5) if most / (step * part) <= 5)
        return lambda number: number / most, [step * count for count in range(int(most / step) + 1)]
    # The shortest bar keeps a length, since a logarithmic scale has no zero.
    begin = math.log10(least) - 0.25 * math.log10(most / least)
    end = math.log10(most)
    decades = range(math.ceil(begin), math.floor(end) + 1)
    return lambda number: (math.log10(number) - begin) / (end - begin), [10.0**decade for decade in decades]


def words(x, y, text, size, fill, anchor="start", weight=400):
    place = f'x="{x:.1f}" y="{y:.1f}" font-size="{size}" fill="{fill}"'
    return f'<text {place} text-anchor="{anchor}" font-weight="{weight}" xml:space="preserve">{escape(text)}</text>'
