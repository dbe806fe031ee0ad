"""What happened: envelopes, events, findings, records of runs, readiness."""
