"""Reads two scrapes from standard input, with a zero byte between them, by Prometheus' own parser.

The parser demands what the format does: buckets that hold one another, a known order, escapes, the end. This program
demands that the second scrape has each sample of the first one, and that no counter and no bucket has gone down. It
prints the samples of the second scrape.
"""

import sys

from prometheus_client.openmetrics.parser import text_string_to_metric_families


def samples(text):
    found = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            key = (sample.name, tuple(sample.labels.items()))
            assert key not in found, f"{key} is there twice"
            found[key] = (sample.value, family.type)
    return found


first, second = (samples(text) for text in sys.stdin.buffer.read().decode().split("\0"))
assert first.keys() == second.keys(), first.keys() ^ second.keys()
for key, (value, kind) in first.items():
    if kind in ("counter", "histogram"):
        assert second[key][0] >= value, f"{key} went down from {value} to {second[key][0]}"
buckets = {}
for name, labels in second:
    if name.endswith("_bucket"):
        rest = (name,) + tuple(pair for pair in labels if pair[0] != "le")
        buckets.setdefault(rest, []).append(second[name, labels][0])
assert buckets and all(len(counts) <= 20 for counts in buckets.values())
for (name, labels), (value, _) in second.items():
    words = [name] + [text.replace("\n", " / ") for _, text in labels]
    print(" ".join(words), "=", f"{value:g}")
