"""What is remembered: jobs, verdicts, releases, manifests and the audit chain. SQLAlchemy is the interface."""
