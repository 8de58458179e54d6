"""usage: python -m benchmarks.safety.text.pointed

What the whole screen, profile `strict`, stops of the frozen list: of the first two kinds all should be, of `other` none.
"""

from __future__ import annotations

from collections import Counter

from benchmarks.safety.text.__main__ import wilson
from benchmarks.safety.text.pointed import KINDS, cases
from safety import policy
from safety.detectors.prompt import PromptDetector
from safety.signals import TextItem
from safety.verdict import Decision


def main() -> None:
    detector, rules = PromptDetector(), policy.load("strict")
    for kind in KINDS:
        seen, stopped, policies = Counter[str](), Counter[str](), Counter[str]()
        for language, _, text in cases(kind):
            findings = rules.judge(detector.observe(TextItem("prompt", text)))
            against = {f.policy for f in findings if f.decision is not Decision.ALLOW}
            seen[language] += 1
            stopped[language] += bool(against)
            policies.update(against)
        hits, count = stopped.total(), seen.total()
        low, high = (100 * bound for bound in wilson(hits, count))
        print(f"{kind}: {hits} of {count}, {100 * hits / count:.1f} % ({low:.0f} - {high:.0f} %)")
        print("  by language:", " ".join(f"{language} {stopped[language]}/{seen[language]}" for language in seen))
        print("  by policy:", " ".join(f"{name} {often}" for name, often in policies.most_common()))


if __name__ == "__main__":
    main()
