"""People behind the checks: cases, decisions with reasons, appeals, notices, consent and figures. No page here."""
