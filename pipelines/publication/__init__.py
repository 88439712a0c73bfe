"""From built tables to immutable slices, releases and the pointer readers follow."""
