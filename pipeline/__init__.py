"""From a request to a release: request, plan, engines, quarantine, run, release door, jobs."""
