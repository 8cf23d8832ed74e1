"""A run's results for people and for programs: one file a format, all from `SuiteResult`."""
