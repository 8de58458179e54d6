"""Drafts that nobody works on any more.

A worker that is killed leaves its draft on its machine while its job goes on elsewhere, and the sweep at its next start
keeps the folder, because the job is alive. What tells a leftover from a draft in the making is the fencing token in
its name.
"""

from __future__ import annotations

from pipeline.quarantine import Quarantine, shred
from records import jobs
from records.session import Database

_OVER = ("released", "failed", "cancelled")


def clear(database: Database, quarantine: Quarantine) -> list[str]:
    """Shred what ended jobs and earlier attempts left on this machine; returns the ids of those jobs.

    The folders are listed before the rows are read: tokens only grow, so what is older than its row's token then has
    no holder. A folder without a row belongs to a job that is being admitted, or to `Quarantine.sweep`.
    """
    here = [(workspace, list(workspace.made())) for workspace in quarantine.workspaces()]
    if not here:
        return []
    with database.read() as session:
        standings = jobs.standings(session, [workspace.job_id for workspace, _ in here])
    over = (*_OVER, "refused") if quarantine.storage is not None else _OVER  # references stand in the storage, too
    gone = []
    for workspace, made in here:
        state, token = standings.get(workspace.job_id, ("", 0))
        if state in jobs.WORKING:
            left = [path for attempt, path in made if attempt < token]
        else:
            left = [workspace.folder] if state in over else [path for _, path in made if state]
        for path in left:
            shred(path)
        if left:
            gone.append(workspace.job_id)
    return gone
