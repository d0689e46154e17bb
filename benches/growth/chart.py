"""The curves as one SVG: logarithmic panels, in which what grows in proportion is a straight line."""

import math
from html import escape

PANEL_WIDTH, PANEL_HEIGHT, GAP, MARGIN, LEFT = 470, 236, 36, 24, 48
COLOURS, TEXT, FAINT, GRID = ("#c2410c", "#64748b"), "#1f2937", "#6b7280", "#e5e7eb"
FONT = "font-family=\"system-ui, -apple-system, 'Segoe UI', 'DejaVu Sans', sans-serif\""


def svg(results):
    panels = [
        ("Batch", "dense 784-128-64-10: µs for each sample, against the batch", [
            (name, [(batch, 1e6 * least / batch) for done, batch, least, _ in results["batch"] if done == name])
            for name in ("forward", "training")
        ]),
        ("Width", "three square dense layers, forward: GFLOP/s, against the width", [
            (f"batch {size}", [(width, rate(width, batch, least))
                               for width, _, batch, least, _ in results["width"] if batch == size])
            for size in (32, 1)
        ]),
        ("Depth: run time", "Dense(32), Relu: µs, against the layers", [
            (f"{name}, batch {size}", [(one["depth"], 1e6 * least) for one in results["depth"]
                                       for done, _, least, _ in one["passes"] if done == name])
            for name, size in (("forward", 1), ("training", 32))
        ]),
        ("Depth: compile time", "user CPU seconds of a release build, against the layers", [
            (name, [(one["depth"], one["user"]) for one in results[kind]])
            for name, kind in (("written out", "depth"), ("Repeat", "repeat"))
        ]),
    ]
    drawn = []
    for index, (title, note, curves) in enumerate(panels):
        x = MARGIN + index % 2 * (PANEL_WIDTH + GAP)
        y = MARGIN + 50 + index // 2 * (PANEL_HEIGHT + GAP)
        drawn.append(panel(x, y, title, note, curves))
    width = 2 * MARGIN + 2 * PANEL_WIDTH + GAP
    height = 2 * MARGIN + 50 + 2 * PANEL_HEIGHT + GAP
    note = f"{results['processor']}, one thread, f32; minima over many repetitions. Both axes are logarithmic."
    size = f'viewBox="0 0 {width} {height}" width="{width}" height="{height}"'
    return "\n".join([
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} {FONT}>',
        "<title>How cost grows</title>",
        f'<rect width="{width}" height="{height}" rx="8" fill="#ffffff"/>',
        words(MARGIN, MARGIN + 10, "How cost grows", 17, TEXT, weight=600),
        words(MARGIN, MARGIN + 30, note, 12, FAINT),
        *drawn,
        "</svg>\n",
    ])


def rate(width, batch, seconds):
    """GFLOP/s of three square layers: two operations for each multiply-accumulate."""
    return 3 * 2 * width * width * batch / seconds / 1e9


def panel(x, y, title, note, curves):
    points = [point for _, curve in curves for point in curve]
    left, right, top, bottom = x + LEFT, x + PANEL_WIDTH - 12, y + 38, y + PANEL_HEIGHT - 18
    across = axis([point[0] for point in points], left, right, 0.02)
    up = axis([point[1] for point in points], bottom, top, 0.08)
    parts = [words(x, y + 8, title, 13, TEXT, weight=600), words(x, y + 24, note, 11.5, FAINT)]
    for tick in ticks([point[1] for point in points]):
        parts.append(f'<path d="M{left} {up(tick):.1f}H{right}" stroke="{GRID}"/>')
        parts.append(words(left - 6, up(tick) + 4, f"{tick:,.10g}", 10, FAINT, anchor="end"))
    for tick in sorted({point[0] for point in points}):
        parts.append(f'<path d="M{across(tick):.1f} {top}V{bottom}" stroke="{GRID}"/>')
        parts.append(words(across(tick), bottom + 13, f"{tick:,}", 10, FAINT, anchor="middle"))
    for colour, (name, curve) in zip(COLOURS, curves):
        path = "L".join(f"{across(a):.1f} {up(b):.1f}" for a, b in curve)
        parts.append(f'<path d="M{path}" fill="none" stroke="{colour}" stroke-width="2"/>')
        parts += [f'<circle cx="{across(a):.1f}" cy="{up(b):.1f}" r="3" fill="{colour}"/>' for a, b in curve]
    for row, (colour, (name, _)) in enumerate(zip(COLOURS, curves)):
        parts.append(words(right, y + 8 + 15 * row, name, 11.5, colour, anchor="end", weight=600))
    return "\n".join(parts)


def axis(values, begin, end, room):
    """Where a value stands between `begin` and `end`, with a part of the length left free at both."""
    low, high = math.log(min(values)), math.log(max(values))
    span = (high - low) or 1
    return lambda value: begin + (end - begin) * (room + (1 - 2 * room) * (math.log(value) - low) / span)


def ticks(values):
    """1, 2 and 5 times the powers of ten among the values, or the powers alone if those are enough."""
    low, high = min(values), max(values)
    decades = [10.0**power for power in range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)]
    steps = (1,) if high / low > 300 else (1, 2, 5)
    return [decade * step for decade in decades for step in steps if low <= decade * step <= high]


def words(x, y, text, size, fill, anchor="start", weight=400):
    place = f'x="{x:.1f}" y="{y:.1f}" font-size="{size}" fill="{fill}"'
    return f'<text {place} text-anchor="{anchor}" font-weight="{weight}" xml:space="preserve">{escape(text)}</text>'
