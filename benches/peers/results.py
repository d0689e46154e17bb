"""What was measured, kept as a JSON file, and what follows from it."""

import json
import statistics


class Results:
    def __init__(self, processor, rounds, size):
        self.processor = processor
        self.rounds = rounds
        # How long the epochs of training were: `quick`, `usual` or `full`.
        self.size = size
        self.versions = []
        # One for each program, workload and metric, with a number from each round.
        self.measurements = []
        self.failures = []

    def add(self, program, workload, versions, lines):
        self.versions += [version for version in versions if version not in self.versions]
        for line in lines:
            found = self._find(program.label, workload.name, line["metric"])
            if found is None:
                found = {
                    "peer": program.peer,
                    "label": program.label,
                    "workload": workload.name,
                    "metric": line["metric"],
                    "seconds": [],
                    "busy": [],
                }
                self.measurements.append(found)
            found["seconds"].append(line["seconds"])
            if "busy" in line:
                found["busy"].append(line["busy"])

    def fail(self, program, workload, message):
        self.failures.append({"label": program.label, "workload": workload.name, "message": message})
        # Numbers from an earlier round are no better.
        mine = (program.label, workload.name)
        self.measurements = [one for one in self.measurements if (one["label"], one["workload"]) != mine]

    def has_failed(self, program, workload):
        return any((one["label"], one["workload"]) == (program.label, workload.name) for one in self.failures)

    def _find(self, label, workload, metric):
        for one in self.measurements:
            if (one["label"], one["workload"], one["metric"]) == (label, workload, metric):
                return one
        return None

    def seconds(self, label, workload, metric):
        """The median of the rounds: per sample in training, per call in inference."""
        found = self._find(label, workload, metric)
        return statistics.median(found["seconds"]) if found else None

    def busy(self, label, workload, metric):
        """The median of the processor's time in training, per sample."""
        found = self._find(label, workload, metric)
        return statistics.median(found["busy"]) if found and found["busy"] else None

    def ratio(self, label, workload, metric, to="tintype"):
        """How many times as long as `to` it takes: the median of the ratios in each round."""
        mine, other = self._find(label, workload, metric), self._find(to, workload, metric)
        if not mine or not other:
            return None
        return statistics.median(a / b for a, b in zip(mine["seconds"], other["seconds"]))

    def labels(self, workload, metric=None):
        """All that was measured in the workload, in the order of the table of programs."""
        found = [one for one in self.measurements if one["workload"] == workload]
        return list(dict.fromkeys(one["label"] for one in found if metric in (None, one["metric"])))

    def peer(self, label):
        return next(one["peer"] for one in self.measurements if one["label"] == label)

    def fastest(self, workload, metric, peer=None):
        """The fastest label of a peer, or of all peers but tintype; `None` if there is none."""
        wanted = [
            label
            for label in self.labels(workload, metric)
            if (self.peer(label) == peer if peer else self.peer(label) != "tintype")
        ]
        return min(wanted, key=lambda label: self.seconds(label, workload, metric), default=None)

    def save(self, path):
        path.write_text(json.dumps(vars(self), indent=1))

    @classmethod
    def load(cls, path):
        try:
            kept = json.loads(path.read_text())
        except OSError as error:
            raise SystemExit(f"cannot read the last run: {error}") from error
        results = cls(kept["processor"], kept["rounds"], kept["size"])
        vars(results).update(kept)
        return results
