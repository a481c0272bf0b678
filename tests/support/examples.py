"""Which examples Hypothesis tries: the same ones in every run, however slow the machine is. A search for others is an option.

By itself it tries others each time and fails an example that takes 200 ms, which on a busy machine any of them may. `make nightly`
looks further with `--hypothesis-profile=search`, and prints how to try what it found again.
"""

from __future__ import annotations

from hypothesis import HealthCheck, settings

SAME, SEARCH = "same", "search"

_PATIENT = settings(deadline=None, database=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile(SAME, _PATIENT, derandomize=True)
settings.register_profile(SEARCH, _PATIENT, derandomize=False, print_blob=True)
settings.load_profile(SAME)
