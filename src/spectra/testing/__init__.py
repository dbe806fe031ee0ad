"""What tests of SPECTRA, and of pipelines built on it, need: real servers on loopback that behave as told."""
