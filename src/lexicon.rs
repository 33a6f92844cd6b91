//! Word lists: cue verbs, titles, roles, places. Each table names its origin.
