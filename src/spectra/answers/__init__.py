"""Answers: what can be asked of a lakehouse, by people and programs, without running a stage."""
