"""`python -m benchmarks.hosting.capacity [--day 1000000]`: a day of a large deployment, as a discrete-event model.

Jobs arrive over a day with a daily swing, wait for a GPU worker (render), then for a CPU worker's share (screen and
stamp); some are held and wait for a person. One in `scale` jobs is simulated, with as many workers divided by `scale`.
Prints one JSON object: waits, use of every pool, and what storage, database and broker have to bear.
"""

from __future__ import annotations

import argparse
import heapq
import json
import math
import random
from dataclasses import asdict, dataclass


@dataclass(frozen=True, slots=True)
class Load:
    """Assumptions, seconds and bytes unless named. Service times are means of a lognormal with a shape of 0.5.

    `screen_s` and `stamp_s` were measured here for 5 s at 720p on one core (docs/provenance.md); `render_s` is an
    assumption for a distilled model on one GPU; `held_share` and `review_s` are assumptions, too.
    """

    clips_a_day: int = 1_000_000
    render_s: float = 40.0
    screen_s: float = 9.0
    stamp_s: float = 14.0
    held_share: float = 0.01
    refused_share: float = 0.08
    review_s: float = 75.0
    peak_to_mean: float = 1.8
    clip_bytes: int = 6_000_000
    row_bytes: int = 24_000  # job, verdicts, release with its manifest, ledger and audit rows, with indexes
    writes_a_job: int = 26  # transactions: queue, lease, steps, verdicts, release, audit
    beat_s: float = 2.0
    kept_days: int = 30


@dataclass(frozen=True, slots=True)
class Fleet:
    """Workers of the day."""

    gpus: int
    cpus: int
    reviewers: int


def needed(load: Load, use: float = 0.8) -> Fleet:
    """The smallest fleet whose peak stays below a use; reviewers work eight hours of a day."""
    peak_s = load.clips_a_day / 86_400 * load.peak_to_mean
    drawn = 1 - load.refused_share
    return Fleet(
        math.ceil(peak_s * drawn * load.render_s / use),
        math.ceil(peak_s * (load.screen_s + drawn * load.stamp_s) / use),
        math.ceil(load.clips_a_day * load.held_share * load.review_s / (8 * 3600) / use),
    )


def day(load: Load, fleet: Fleet, scale: int, seed: int = 1) -> dict[str, float]:
    """Simulate a day and return the waits."""
    chance = random.Random(seed)
    arrivals = _arrivals(load, scale, chance)
    drawn = [time for time in arrivals if chance.random() > load.refused_share]
    gpu = _serve(drawn, max(1, fleet.gpus // scale), load.render_s, chance)
    ready = sorted(start + load.render_s for _, start in gpu)
    cpu = _serve(ready, max(1, fleet.cpus // scale), load.screen_s + load.stamp_s, chance)
    waits = sorted(start - time for time, start in gpu)
    more = sorted(start - time for time, start in cpu)
    return {
        "simulated_jobs": len(arrivals), "gpu_wait_p50_s": round(_quantile(waits, 0.5), 1),
        "gpu_wait_p95_s": round(_quantile(waits, 0.95), 1), "cpu_wait_p95_s": round(_quantile(more, 0.95), 1),
    }  # fmt: skip


def _arrivals(load: Load, scale: int, chance: random.Random) -> list[float]:
    """Poisson arrivals with one swell a day (thinning)."""
    top = load.clips_a_day / scale / 86_400 * load.peak_to_mean
    swing, now, found = load.peak_to_mean - 1, 0.0, []
    while (now := now + chance.expovariate(top)) < 86_400:
        rate = (1 + swing * math.sin(2 * math.pi * now / 86_400)) / load.peak_to_mean
        if chance.random() < rate:
            found.append(now)
    return found


def _serve(times: list[float], servers: int, mean_s: float, chance: random.Random) -> list[tuple[float, float]]:
    """First come, first served; returns arrival and start of each job."""
    free = [0.0] * servers
    shape = 0.5
    centre = math.log(mean_s) - shape**2 / 2
    served = []
    for time in times:
        start = max(time, heapq.heappop(free))
        heapq.heappush(free, start + chance.lognormvariate(centre, shape))
        served.append((time, start))
    return served


def _quantile(ordered: list[float], share: float) -> float:
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else 0.0


def burden(load: Load, fleet: Fleet) -> dict[str, float]:
    """What the shared services bear."""
    per_s = load.clips_a_day / 86_400 * load.peak_to_mean
    running = per_s * (load.render_s + load.screen_s + load.stamp_s)
    audit_s = per_s * 6
    return {
        "jobs_per_s_at_peak": round(per_s, 1),
        "database_transactions_per_s": round(per_s * load.writes_a_job + running / load.beat_s),
        "audit_links_per_s": round(audit_s), "running_jobs": round(running), "broker_messages_per_s": round(per_s * 2),
        "database_growth_gb_a_day": round(load.clips_a_day * load.row_bytes / 1e9, 1),
        "storage_tb_kept": round(load.clips_a_day * load.clip_bytes * load.kept_days / 1e12, 1),
        "storage_mb_per_s_written": round(per_s * load.clip_bytes / 1e6),
        "held_a_day": round(load.clips_a_day * load.held_share),
    }  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--day", type=int, default=1_000_000, help="clips a day")
    parser.add_argument("--scale", type=int, default=20, help="one in so many jobs is simulated")
    chosen = parser.parse_args()
    load = Load(clips_a_day=chosen.day)
    fleet = needed(load)
    less = Fleet(round(fleet.gpus * 0.7), fleet.cpus, fleet.reviewers)
    print(json.dumps({
        "fleet": asdict(fleet), "day": day(load, fleet, chosen.scale),
        "day_with_30_percent_fewer_gpus": day(load, less, chosen.scale), "burden": burden(load, fleet),
    }, indent=1))  # fmt: skip


if __name__ == "__main__":
    main()
