"""The table of figures: both engines, their ratios, the aims beside them."""

import math

# What the project is built for. Ratios are Headrace's advantage.
SPEED = 10
MEMORY = 5
AIMED = {
    "word_count",
    "keyed_aggregation",
    "ad_campaigns",
    "tumbling_million_keys",
    "sliding_ohlcv",
    "dedup_within_watermark",
    "interval_join",
    "session_windows",
}
START_MS, IDLE_MB, TINY_P50_MS, RESTART_SECONDS, BUDGET_SHARE = 100, 80, 10, 1.0, 0.2


def same(ours, theirs, tolerant):
    """Whether two results are equal; `tolerant`: doubles but for the last digits of a sum."""
    if not tolerant:
        return ours == theirs
    if len(ours) != len(theirs):
        return False
    return all(
        math.isclose(a, b, rel_tol=1e-9) if isinstance(a, float) and isinstance(b, float) else a == b
        for our_row, their_row in zip(ours, theirs)
        for a, b in zip(our_row, their_row)
    )


def verdict(reached):
    return "reached" if reached else "MISSED"


def ratio(spark, headrace):
    return f"{spark / headrace:.1f}x" if headrace else "-"


def throughput(figures, tolerant_names):
    """Prints the workloads; whether all results are equal."""
    print(f"\n{'workload':24}{'engine':10}{'k events/s':>12}{'CPU s':>9}{'peak MB':>9}{'batch ms':>10}")
    all_same = True
    for name, engines in figures.items():
        for label, row in engines.items():
            print(
                f"{name:24}{label:10}{row['events_per_second'] / 1000:12.0f}{row['cpu']:9.2f}"
                f"{row['peak_mb']:9.0f}{row['batch_ms']:10.0f}"
            )
        if len(engines) < 2:
            continue
        ours, theirs = engines["headrace"], engines["spark"]
        equal = same(ours["result"], theirs["result"], name in tolerant_names)
        all_same = all_same and equal
        aims = ""
        if name in AIMED:
            fast = theirs["seconds"] / ours["seconds"] >= SPEED
            small = theirs["peak_mb"] / ours["peak_mb"] >= MEMORY
            aims = f"   aims {SPEED}x {verdict(fast)}, memory {MEMORY}x {verdict(small)};"
        print(
            f"{'':24}{'ratio':10}{ratio(theirs['seconds'], ours['seconds']):>12}{ratio(theirs['cpu'], ours['cpu']):>9}"
            f"{ratio(theirs['peak_mb'], ours['peak_mb']):>9}{ratio(theirs['batch_ms'], ours['batch_ms']):>10}"
            f"{aims or '  '} results {'equal' if equal else 'DIFFER'} ({len(ours['result'])} rows)"
        )
    return all_same


def starts(figures):
    for label, row in figures.items():
        aims = ""
        if label == "headrace":
            reached = row["start_ms"] < START_MS and row["idle_mb"] < IDLE_MB
            aims = f"   aims < {START_MS} ms, < {IDLE_MB} MB {verdict(reached)}"
        print(f"{label}: a server answers after {row['start_ms']:.0f} ms, takes {row['idle_mb']:.0f} MB{aims}")


def latency(figures):
    for name, engines in figures.items():
        for label, row in engines.items():
            aims = ""
            if label == "headrace":
                aims = f"   aim p50 < {TINY_P50_MS} ms {verdict(row['p50_ms'] < TINY_P50_MS)}"
            print(
                f"{name:24}{label:10}p50 {row['p50_ms']:.1f} ms, p99 {row['p99_ms']:.1f} ms, "
                f"{row['batches_per_second']:.0f} batches/s{aims}"
            )


def restarts(figures):
    for name, engines in figures.items():
        for label, row in engines.items():
            aims = ""
            if label.startswith("headrace"):
                aims = f"   aim < {RESTART_SECONDS:.0f} s {verdict(row['seconds'] < RESTART_SECONDS)}"
            print(
                f"{name:24}{label:18}{row['seconds']:6.2f} s from start() to the end of the first batch, "
                f"{row['keys']} keys, peak {row['peak_mb']:.0f} MB{aims}"
            )


def budget(figure):
    share = figure["in_memory_seconds"] / figure["limited_seconds"]
    print(
        f"{'memory_budget':24}{'headrace':10}state {figure['state_mb']:.0f} MB in memory {figure['in_memory_seconds']:.2f} s; "
        f"limit {figure['limit_mb']:.0f} MB: {figure['limited_seconds']:.2f} s, {share:.0%} of the speed   "
        f"aim {BUDGET_SHARE:.0%} {verdict(share >= BUDGET_SHARE)}; results {'equal' if figure['same'] else 'DIFFER'}"
    )
    return figure["same"]
