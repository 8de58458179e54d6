"""Where the shots of a plan begin, in frames."""

from __future__ import annotations

from pipeline.request import GenerationRequest


def cut_frames(request: GenerationRequest) -> frozenset[int]:
    """Numbers of the frames at which shots begin, the first left out."""
    cuts, time_s = set(), 0.0
    for shot in request.plan.shots[:-1] if request.plan else ():
        time_s += shot.duration_s
        cuts.add(round(time_s * request.fps))
    return frozenset(cuts)
